import { withoutV } from "../../model/versions.ts";
import type { GoRecipe } from "./recipe.ts";

/**
 * Versions of what the Pulumi program itself runs on. The nodes' parts have theirs in `versions.ts`.
 * `pulumi` and `tls` must be those of package.json; a test compares them.
 */
export const pulumiVersions = {
  pulumi: "v3.259.0",
  /** The plugin's own number; its code is the bridge's `dynamic` package. */
  terraformProvider: "v1.1.3",
  terraformBridge: "v3.136.0",
  libvirtProvider: "v0.8.3",
  tls: "v5.6.1",
} as const;

/**
 * Upstream's for the CLI. The plugins have the same tags and, in go.mod, the same versions of the modules that they share
 * with the CLI, so that Go compiles these packages once and not three times.
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
    // Needs the same modules as the CLI, so it is built with it.
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
    // Two of its dependencies register the same protobuf file, which stops the program otherwise.
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
