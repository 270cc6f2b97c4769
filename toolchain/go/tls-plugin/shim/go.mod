// Named inside upstream's path on purpose: Go lets only packages below
// github.com/hashicorp/terraform-provider-tls import its internal/provider.
module github.com/hashicorp/terraform-provider-tls/shim

go 1.26.0

require (
	github.com/hashicorp/terraform-plugin-framework v1.19.0
	github.com/hashicorp/terraform-provider-tls v1.2.1-0.20260819085117-d044ca7c6f52
)
