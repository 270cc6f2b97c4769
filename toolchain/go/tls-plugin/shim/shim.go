// Package shim hands out terraform-provider-tls' provider, which upstream keeps internal.
package shim

import (
	"github.com/hashicorp/terraform-plugin-framework/provider"
	internal "github.com/hashicorp/terraform-provider-tls/internal/provider"
)

// Provider is upstream's provider, unchanged.
func Provider() provider.Provider { return internal.New() }
