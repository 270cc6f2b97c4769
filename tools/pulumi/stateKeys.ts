import { z } from "zod";
import type { Find } from "./stackState.ts";

const keySchema = z.object({
  publicKeyOpenssh: z.string(),
  /** A secret in the form of `--show-secrets`: JSON. */
  privateKeyOpenssh: z.object({
    plaintext: z.string().transform((json) => z.string().parse(JSON.parse(json))),
  }),
});

/** An SSH key, both halves in OpenSSH's format. */
export interface StateKey {
  readonly publicKey: string;
  readonly privateKey: string;
}

/** A key of the state, which was exported with its secrets; undefined if it does not exist yet. */
export function keyIn(find: Find, name: string): StateKey | undefined {
  const key = keySchema.safeParse(find("key", name)?.outputs).data;
  return key && { publicKey: key.publicKeyOpenssh, privateKey: key.privateKeyOpenssh.plaintext };
}
