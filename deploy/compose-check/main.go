// Command compose-check loads a compose file with the library that `docker compose` itself loads it with, and prints
// the project as JSON: what schema, interpolation and merging make of it. It needs no container engine.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/compose-spec/compose-go/v2/cli"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: compose-check FILE")
		os.Exit(2)
	}
	options, err := cli.NewProjectOptions([]string{os.Args[1]}, cli.WithOsEnv)
	if err == nil {
		project, loadErr := options.LoadProject(context.Background())
		if loadErr == nil {
			err = json.NewEncoder(os.Stdout).Encode(project)
		} else {
			err = loadErr
		}
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "compose-check: %v\n", err)
		os.Exit(1)
	}
}
