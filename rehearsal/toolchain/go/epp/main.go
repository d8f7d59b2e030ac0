// The real endpoint picker of llm-d: upstream's runner with llm-d's own plugins. What is left out is the one plugin that
// reads KV-cache events, because it takes ZeroMQ, Python's headers and a tokenizer written in Rust to build; see kvcache.
package main

import (
	"fmt"
	"os"
	"slices"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/gateway-api-inference-extension/cmd/epp/runner"

	"github.com/llm-d/llm-d-inference-scheduler/pkg/metrics"
	"github.com/llm-d/llm-d-inference-scheduler/pkg/plugins"
)

// version is that of llm-d's scheduler; set when linking.
var version = "unknown"

func main() {
	if slices.Contains(os.Args[1:], "--version") {
		fmt.Println("endpoint picker of the rehearsal", version)
		return
	}
	plugins.RegisterAllPlugins()
	run := runner.NewRunner().WithExecutableName("llm-d").WithCustomCollectors(metrics.GetCollectors()...)
	if err := run.Run(ctrl.SetupSignalHandler()); err != nil {
		fmt.Fprintln(os.Stderr, "the endpoint picker ended:", err)
		os.Exit(1)
	}
}
