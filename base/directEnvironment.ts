type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The variables that keep a user's proxy from requests to these addresses and networks; none if no
 * proxy is set. No proxy can reach a lab's nodes. Go reads the first spelling, curl the second.
 */
export function directEnvironment(
  base: Environment,
  direct: readonly string[],
): Record<string, string> {
  const hasProxy = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"].some(
    (name) => (base[name] || base[name.toLowerCase()] || "") !== "",
  );
  if (!hasProxy || direct.length === 0) return {};
  const before = [base.NO_PROXY, base.no_proxy].flatMap((list) => (list ?? "").split(","));
  const names = [...new Set([...before.map((name) => name.trim()), ...direct])];
  const list = names.filter((name) => name !== "").join(",");
  return { NO_PROXY: list, no_proxy: list };
}
