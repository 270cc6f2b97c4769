import { withoutV } from "../../model/versions.ts";
import type { GoRecipe } from "./recipe.ts";

/**
 * Versions of the tools that the Pulumi program runs on; `versions.ts` has those of the nodes'
 * parts. A test checks that `pulumi` and `tls` equal those of package.json.
 */
export const pulumiVersions = {
  pulumi: "v3.259.0",
  /** The plugin's version; its code is the bridge's `dynamic` package. */
  terraformProvider: "v1.1.3",
  terraformBridge: "v3.136.0",
  libvirtProvider: "v0.8.3",
  tls: "v5.6.1",
} as const;

/**
 * Upstream's tags for the CLI. The plugins use the same tags and the same versions of shared
 * modules, so that Go compiles these packages once instead of three times.
 */
const pulumiTags = ["osusergo", "grpcnotrace"] as const;

export const pulumi: GoRecipe = {
  name: "pulumi",
  version: pulumiVersions.pulumi,
  module: "github.com/pulumi/pulumi/pkg/v3",
  moduleVersion: pulumiVersions.pulumi,
  directory: "pulumi",
  tags: pulumiTags,
  variables: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": pulumiVersions.pulumi },
  binaries: {
    pulumi: {
      package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
      proof: ["version"],
      proofText: pulumiVersions.pulumi,
    },
    // Needs the same modules as the CLI, so it is built together with it.
    "gen-sdk": { package: "./gen-sdk", proof: [], proofText: "expected one JSON object" },
  },
};

export const terraformProvider: GoRecipe = {
  name: "terraform-provider",
  version: pulumiVersions.terraformProvider,
  module: "github.com/pulumi/pulumi-terraform-bridge/v3",
  moduleVersion: pulumiVersions.terraformBridge,
  directory: "terraform-provider",
  tags: pulumiTags,
  variables: {
    // Two dependencies register the same protobuf file, which otherwise stops the program.
    "google.golang.org/protobuf/reflect/protoregistry.conflictPolicy": "ignore",
    "github.com/pulumi/pulumi-terraform-bridge/v3/dynamic/version.version":
      pulumiVersions.terraformProvider,
  },
  binaries: {
    "pulumi-resource-terraform-provider": {
      package: "github.com/pulumi/pulumi-terraform-bridge/v3/dynamic",
      proof: ["--version"],
      proofText: pulumiVersions.terraformProvider,
    },
  },
};

export const libvirtProvider: GoRecipe = {
  name: "libvirt-provider",
  version: pulumiVersions.libvirtProvider,
  module: "github.com/dmacvicar/terraform-provider-libvirt",
  moduleVersion: pulumiVersions.libvirtProvider,
  directory: "libvirt-provider",
  binaries: {
    "terraform-provider-libvirt": {
      package: "github.com/dmacvicar/terraform-provider-libvirt",
      proof: [],
      proofText: "This binary is a plugin",
    },
  },
};

export const tlsPlugin: GoRecipe = {
  name: "tls-plugin",
  version: pulumiVersions.tls,
  module: "github.com/pulumi/pulumi-terraform-bridge/v3",
  moduleVersion: pulumiVersions.terraformBridge,
  directory: "tls-plugin",
  tags: pulumiTags,
  variables: { "example.invalid/hardway/tls-plugin.Version": withoutV(pulumiVersions.tls) },
  generate: {
    package: "./cmd/gen",
    arguments: ["schema", "--out", "cmd/serve", "--skip-docs", "--skip-examples"],
  },
  binaries: {
    "pulumi-resource-tls": {
      package: "./cmd/serve",
      proof: ["--version"],
      proofText: withoutV(pulumiVersions.tls),
    },
  },
};
