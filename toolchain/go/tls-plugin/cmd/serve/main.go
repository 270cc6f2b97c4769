// Command serve is pulumi-resource-tls. Its two embedded files are made by cmd/gen at build time.
package main

import (
	"context"
	_ "embed"

	tlsplugin "example.invalid/hardway/tls-plugin"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
)

//go:embed schema.json
var schema []byte

//go:embed bridge-metadata.json
var metadata []byte

func main() {
	meta := tfbridge.ProviderMetadata{PackageSchema: schema}
	tfbridge.Main(context.Background(), "tls", tlsplugin.Provider(metadata), meta)
}
