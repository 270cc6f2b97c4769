/** Polls until the condition holds. @throws after 20 s, with the condition's name */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`20 s passed without: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
