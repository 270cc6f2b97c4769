// Command gen writes schema.json and bridge-metadata.json, which cmd/serve embeds:
//
//	gen schema --out cmd/serve --skip-docs --skip-examples
package main

import (
	tlsplugin "example.invalid/hardway/tls-plugin"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfgen"
)

func main() {
	tfgen.Main("tls", tlsplugin.Provider([]byte("{}")))
}
