// Command go-host runs a Grafana backend plugin through the libraries Grafana itself uses
// (hashicorp/go-plugin and grafana-plugin-sdk-go), sends it calls and prints what came back as JSON.
//
//	go-host --plugin FILE --request FILE
//
// The request file is {"calls": [...]}; see calls.go for what a call may hold. 64-bit integers are printed as
// strings, times as strings of nanoseconds, so that a JSON reader keeps every digit.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend/grpcplugin"
	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
)

type requestFile struct {
	// Settings of the plugin's section in grafana.ini, handed over as GF_PLUGIN_<KEY>.
	Env   map[string]string `json:"env"`
	Calls []call            `json:"calls"`
}

type report struct {
	Network string       `json:"network"`
	Results []callResult `json:"results"`
	Log     []logLine    `json:"log"`
	// Exited tells whether the process was gone after Kill, which first asks over the wire.
	Exited       bool  `json:"exited"`
	ShutdownMs   int64 `json:"shutdownMs"`
	StartMs      int64 `json:"startMs"`
	ProcessAlive bool  `json:"processAlive"`
}

func main() {
	pluginPath := flag.String("plugin", "", "the plugin's executable")
	requestPath := flag.String("request", "", "file with the calls to make")
	timeout := flag.Duration("timeout", 60*time.Second, "longest wait for the handshake")
	flag.Parse()
	result, err := run(*pluginPath, *requestPath, *timeout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "go-host:", err)
		os.Exit(1)
	}
	encoder := json.NewEncoder(os.Stdout)
	if err := encoder.Encode(result); err != nil {
		fmt.Fprintln(os.Stderr, "go-host:", err)
		os.Exit(1)
	}
}

func readRequest(path string) (*requestFile, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var request requestFile
	if err := json.Unmarshal(text, &request); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &request, nil
}

func run(pluginPath, requestPath string, timeout time.Duration) (*report, error) {
	request, err := readRequest(requestPath)
	if err != nil {
		return nil, err
	}
	command := exec.Command(pluginPath)
	for key, value := range request.Env {
		command.Env = append(command.Env, key+"="+value)
	}
	sink := &logSink{}
	started := time.Now()
	client := plugin.NewClient(&plugin.ClientConfig{
		Cmd: command,
		HandshakeConfig: plugin.HandshakeConfig{
			ProtocolVersion:  grpcplugin.ProtocolVersion,
			MagicCookieKey:   grpcplugin.MagicCookieKey,
			MagicCookieValue: grpcplugin.MagicCookieValue,
		},
		VersionedPlugins: map[int]plugin.PluginSet{
			grpcplugin.ProtocolVersion: {
				"diagnostics": &grpcplugin.DiagnosticsGRPCPlugin{},
				"resource":    &grpcplugin.ResourceGRPCPlugin{},
				"data":        &grpcplugin.DataGRPCPlugin{},
			},
		},
		// As Grafana: the host's environment stays its own.
		SkipHostEnv:      true,
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		GRPCDialOptions:  []grpc.DialOption{},
		StartTimeout:     timeout,
		Logger: hclog.NewInterceptLogger(&hclog.LoggerOptions{
			Name: "plugin", Level: hclog.Trace, JSONFormat: true, Output: sink,
		}),
	})
	defer client.Kill()
	protocol, err := client.Client()
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, sink.text())
	}
	startMs := time.Since(started).Milliseconds()
	if err := protocol.Ping(); err != nil {
		return nil, fmt.Errorf("ping: %w", err)
	}
	services, err := dispense(protocol)
	if err != nil {
		return nil, err
	}
	results := make([]callResult, 0, len(request.Calls))
	for _, one := range request.Calls {
		results = append(results, services.do(one))
	}
	network := client.ReattachConfig().Addr.Network()
	pid := command.Process.Pid
	stopping := time.Now()
	client.Kill()
	return &report{
		Network:      network,
		Results:      results,
		Log:          sink.lines(),
		Exited:       client.Exited(),
		StartMs:      startMs,
		ShutdownMs:   time.Since(stopping).Milliseconds(),
		ProcessAlive: alive(pid),
	}, nil
}
