import { spawn } from "node:child_process";
import { existsSync } from "node:fs";

/** The fields of GeneratePackageRequest, as the Go helper reads them from standard input. */
export interface SdkRequest {
  readonly schema: string;
  readonly directory: string;
  /** `host:port` of the engine's schema loader. */
  readonly loaderTarget: string;
  readonly local: boolean;
  readonly localDependencies: Readonly<Record<string, string>>;
  /** Content in base64, by path in the SDK. */
  readonly extraFiles: Readonly<Record<string, string>>;
}

export interface SdkDiagnostic {
  readonly severity: "error" | "warning";
  readonly summary: string;
  readonly detail: string;
}

/**
 * Writes a package's Node SDK. The generator exists only in Go (pulumi/pkg/v3/codegen/nodejs), so a
 * helper that is built with the CLI runs it: toolchain/go/pulumi/gen-sdk.
 *
 * @param helper the helper's path
 * @throws with a remedy if the helper is missing, with its message if it fails
 */
export async function generateSdk(
  helper: string | undefined,
  request: SdkRequest,
): Promise<SdkDiagnostic[]> {
  if (helper === undefined || !existsSync(helper)) {
    throw new Error(
      `generating an SDK needs the helper gen-sdk, expected at ${helper ?? "a path in HARDWAY_GEN_SDK"}; run ./lab setup, which builds it with the CLI`,
    );
  }
  return JSON.parse(await answerOf(helper, JSON.stringify(request))) as SdkDiagnostic[];
}

function answerOf(helper: string, input: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(helper, [], { stdio: ["pipe", "pipe", "pipe"] });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    // The helper may end before it has read all of its input; its exit code gives the reason.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(Buffer.concat(stdout).toString());
      else
        reject(new Error(Buffer.concat(stderr).toString().trim() || `gen-sdk: exit code ${code}`));
    });
  });
}
