// Package tlsplugin describes Pulumi's tls package: terraform-provider-tls behind Pulumi's bridge,
// with the same resource tokens as the official plugin, so that npm's @pulumi/tls drives either.
package tlsplugin

import (
	"github.com/hashicorp/terraform-provider-tls/shim"
	pf "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
)

// Version is the official plugin's version that this one stands in for; the linker sets it.
// The bridge refuses an empty one, so a build without it fails at once.
var Version string

// Provider describes the package. metadata is the bridge-metadata.json that cmd/gen wrote,
// or "{}" while it is being written.
func Provider(metadata []byte) tfbridge.ProviderInfo {
	info := tfbridge.ProviderInfo{
		P:            pf.ShimProvider(shim.Provider()),
		Name:         "tls",
		Version:      Version,
		Description:  "A Pulumi package to create TLS resources in Pulumi programs.",
		License:      "Apache-2.0",
		MetadataInfo: tfbridge.NewProviderMetadata(metadata),

		// As the official plugin: both change what previews and states hold.
		EnableZeroDefaultSchemaVersion: true,
		EnableAccurateBridgePreview:    true,
	}
	info.MustComputeTokens(tokens.SingleModule("tls_", "index", tokens.MakeStandard("tls")))
	return info
}
