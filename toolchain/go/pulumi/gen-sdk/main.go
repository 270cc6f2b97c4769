// Command gen-sdk turns a Pulumi package's schema into a Node SDK: the code generation behind
// `pulumi package add`, `pulumi install` and `pulumi package gen-sdk`, which exists in Go only.
// The project's own language host runs it to answer GeneratePackage (pulumi/proto/language.proto).
//
// Standard input: one JSON object, the fields of GeneratePackageRequest (see request).
// Standard output: one JSON array of diagnostics, empty when all is well.
// Exit code 1 with a line on standard error when nothing could be generated.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/hashicorp/hcl/v2"
	"github.com/pulumi/pulumi/pkg/v3/codegen/nodejs"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

type request struct {
	// Schema is the package's schema, JSON in a string as the engine sends it.
	Schema string `json:"schema"`
	// Directory is where the SDK goes; it is made if absent.
	Directory string `json:"directory"`
	// LoaderTarget is host:port of the engine's schema loader, for packages that refer to others.
	LoaderTarget string `json:"loaderTarget"`
	// Local says that the SDK will be used from its directory, not published.
	Local bool `json:"local"`
	// LocalDependencies maps a package's name to the path of its local SDK.
	LocalDependencies map[string]string `json:"localDependencies"`
	// ExtraFiles maps a path in the SDK to its content, base64.
	ExtraFiles map[string][]byte `json:"extraFiles"`
}

type diagnostic struct {
	Severity string `json:"severity"` // "error" or "warning"
	Summary  string `json:"summary"`
	Detail   string `json:"detail"`
}

func main() {
	diagnostics, err := generate()
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(diagnostics)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "gen-sdk: %v\n", err)
		os.Exit(1)
	}
}

// generate writes the SDK's files. A schema that is wrong gives diagnostics, not an error.
func generate() ([]diagnostic, error) {
	var req request
	if err := json.NewDecoder(os.Stdin).Decode(&req); err != nil {
		return nil, fmt.Errorf("standard input: expected one JSON object: %w", err)
	}
	if req.Directory == "" || req.LoaderTarget == "" {
		return nil, fmt.Errorf("standard input: expected directory and loaderTarget, got %q and %q",
			req.Directory, req.LoaderTarget)
	}
	var spec schema.PackageSpec
	if err := json.Unmarshal([]byte(req.Schema), &spec); err != nil {
		return nil, fmt.Errorf("schema: %w", err)
	}
	client, err := schema.NewLoaderClient(req.LoaderTarget)
	if err != nil {
		return nil, fmt.Errorf("schema loader %s: %w", req.LoaderTarget, err)
	}
	loader := schema.NewCachedLoader(client)
	pkg, found, err := schema.BindSpec(spec, loader, schema.ValidationOptions{AllowDanglingReferences: true})
	if err != nil {
		return nil, fmt.Errorf("schema of %s: %w", spec.Name, err)
	}
	diagnostics := []diagnostic{}
	for _, d := range found {
		severity := "error"
		if d.Severity != hcl.DiagError {
			severity = "warning"
		}
		diagnostics = append(diagnostics, diagnostic{severity, d.Summary, d.Detail})
	}
	if found.HasErrors() {
		return diagnostics, nil
	}
	// The tool's name goes into each file's header; this is the one that the official host uses.
	files, err := nodejs.GeneratePackage("pulumi-language-nodejs", pkg, req.ExtraFiles, req.LocalDependencies, req.Local, loader)
	if err != nil {
		return nil, fmt.Errorf("generating %s: %w", spec.Name, err)
	}
	for name, content := range files {
		path := filepath.Join(req.Directory, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return nil, err
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			return nil, err
		}
	}
	return diagnostics, nil
}
