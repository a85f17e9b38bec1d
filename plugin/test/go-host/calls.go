package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/backend/grpcplugin"
	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
	"github.com/hashicorp/go-plugin"
)

// call is one entry of the request file.
type call struct {
	// Kind is health, query, resource or metrics.
	Kind      string            `json:"kind"`
	Context   callContext       `json:"context"`
	Headers   map[string]string `json:"headers"`
	Queries   []query           `json:"queries"`
	Path      string            `json:"path"`
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Body      string            `json:"body"`
	TimeoutMs int64             `json:"timeoutMs"`
}

type callContext struct {
	OrgID      int64       `json:"orgId"`
	PluginID   string      `json:"pluginId"`
	User       *user       `json:"user"`
	Datasource *datasource `json:"datasource"`
	App        *app        `json:"app"`
}

type user struct {
	Login string `json:"login"`
	Role  string `json:"role"`
}

type app struct {
	JSONData  json.RawMessage   `json:"jsonData"`
	Secrets   map[string]string `json:"secrets"`
	UpdatedMs int64             `json:"updatedMs"`
}

type datasource struct {
	app
	UID      string `json:"uid"`
	Name     string `json:"name"`
	URL      string `json:"url"`
	User     string `json:"user"`
	Database string `json:"database"`
}

type query struct {
	RefID         string          `json:"refId"`
	QueryType     string          `json:"queryType"`
	MaxDataPoints int64           `json:"maxDataPoints"`
	IntervalMs    int64           `json:"intervalMs"`
	FromMs        int64           `json:"fromMs"`
	ToMs          int64           `json:"toMs"`
	JSON          json.RawMessage `json:"json"`
}

// callResult is what came back; only the part of the call's kind is set.
type callResult struct {
	// Error is that of the call as a whole, such as a gRPC status.
	Error    string                  `json:"error,omitempty"`
	Health   *healthResult           `json:"health,omitempty"`
	Answers  map[string]answerResult `json:"answers,omitempty"`
	Resource *resourceResult         `json:"resource,omitempty"`
	Metrics  string                  `json:"metrics,omitempty"`
	TookMs   int64                   `json:"tookMs"`
}

type healthResult struct {
	Status  string          `json:"status"`
	Message string          `json:"message"`
	Details json.RawMessage `json:"details,omitempty"`
}

type answerResult struct {
	Status      int           `json:"status"`
	Error       string        `json:"error,omitempty"`
	ErrorSource string        `json:"errorSource,omitempty"`
	Frames      []frameResult `json:"frames"`
}

type resourceResult struct {
	Status  int                 `json:"status"`
	Headers map[string][]string `json:"headers"`
	Body    string              `json:"body"`
	Parts   int                 `json:"parts"`
}

type services struct {
	diagnostics grpcplugin.DiagnosticsClient
	data        grpcplugin.DataClient
	resource    grpcplugin.ResourceClient
}

func dispense(protocol plugin.ClientProtocol) (*services, error) {
	diagnostics, err := protocol.Dispense("diagnostics")
	if err != nil {
		return nil, err
	}
	data, err := protocol.Dispense("data")
	if err != nil {
		return nil, err
	}
	resource, err := protocol.Dispense("resource")
	if err != nil {
		return nil, err
	}
	result := &services{}
	var ok [3]bool
	result.diagnostics, ok[0] = diagnostics.(grpcplugin.DiagnosticsClient)
	result.data, ok[1] = data.(grpcplugin.DataClient)
	result.resource, ok[2] = resource.(grpcplugin.ResourceClient)
	if !ok[0] || !ok[1] || !ok[2] {
		return nil, errors.New("a client has another type than its service")
	}
	return result, nil
}

func (c callContext) toProto() *pluginv2.PluginContext {
	result := &pluginv2.PluginContext{OrgId: c.OrgID, PluginId: c.PluginID}
	if c.User != nil {
		result.User = &pluginv2.User{Login: c.User.Login, Role: c.User.Role}
	}
	if c.App != nil {
		result.AppInstanceSettings = &pluginv2.AppInstanceSettings{
			JsonData: c.App.JSONData, DecryptedSecureJsonData: c.App.Secrets, LastUpdatedMS: c.App.UpdatedMs,
		}
	}
	if d := c.Datasource; d != nil {
		result.DataSourceInstanceSettings = &pluginv2.DataSourceInstanceSettings{
			Uid: d.UID, Name: d.Name, Url: d.URL, User: d.User, Database: d.Database,
			JsonData: d.JSONData, DecryptedSecureJsonData: d.Secrets, LastUpdatedMS: d.UpdatedMs,
		}
	}
	return result
}

func (s *services) do(one call) callResult {
	timeout := time.Duration(one.TimeoutMs) * time.Millisecond
	if timeout <= 0 {
		timeout = 30 * time.Second
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	started := time.Now()
	var result callResult
	switch one.Kind {
	case "health":
		result = s.health(ctx, one)
	case "query":
		result = s.query(ctx, one)
	case "resource":
		result = s.callResource(ctx, one)
	case "metrics":
		result = s.metrics(ctx, one)
	default:
		result = callResult{Error: fmt.Sprintf("unknown kind %q: use health, query, resource or metrics", one.Kind)}
	}
	result.TookMs = time.Since(started).Milliseconds()
	return result
}

func failed(err error) callResult {
	return callResult{Error: err.Error()}
}

func (s *services) health(ctx context.Context, one call) callResult {
	response, err := s.diagnostics.CheckHealth(ctx, &pluginv2.CheckHealthRequest{
		PluginContext: one.Context.toProto(), Headers: one.Headers,
	})
	if err != nil {
		return failed(err)
	}
	return callResult{Health: &healthResult{
		Status: response.Status.String(), Message: response.Message, Details: response.JsonDetails,
	}}
}

func (s *services) metrics(ctx context.Context, one call) callResult {
	response, err := s.diagnostics.CollectMetrics(ctx, &pluginv2.CollectMetricsRequest{
		PluginContext: one.Context.toProto(),
	})
	if err != nil {
		return failed(err)
	}
	return callResult{Metrics: string(response.GetMetrics().GetPrometheus())}
}

func (s *services) query(ctx context.Context, one call) callResult {
	request := &pluginv2.QueryDataRequest{PluginContext: one.Context.toProto(), Headers: one.Headers}
	for _, q := range one.Queries {
		request.Queries = append(request.Queries, &pluginv2.DataQuery{
			RefId: q.RefID, QueryType: q.QueryType, MaxDataPoints: q.MaxDataPoints, IntervalMS: q.IntervalMs,
			TimeRange: &pluginv2.TimeRange{FromEpochMS: q.FromMs, ToEpochMS: q.ToMs}, Json: q.JSON,
		})
	}
	wire, err := s.data.QueryData(ctx, request)
	if err != nil {
		return failed(err)
	}
	// The conversion Grafana makes, data.UnmarshalArrowFrame included.
	response, err := backend.FromProto().QueryDataResponse(wire)
	if err != nil {
		return failed(fmt.Errorf("decode frames: %w", err))
	}
	answers := map[string]answerResult{}
	for refID, answer := range response.Responses {
		converted := answerResult{
			Status: int(answer.Status), ErrorSource: string(answer.ErrorSource), Frames: []frameResult{},
		}
		if answer.Error != nil {
			converted.Error = answer.Error.Error()
		}
		for _, frame := range answer.Frames {
			described, err := describe(frame)
			if err != nil {
				return failed(fmt.Errorf("frame %q of %s: %w", frame.Name, refID, err))
			}
			converted.Frames = append(converted.Frames, described)
		}
		answers[refID] = converted
	}
	return callResult{Answers: answers}
}

func (s *services) callResource(ctx context.Context, one call) callResult {
	headers := map[string]*pluginv2.StringList{}
	for name, value := range one.Headers {
		headers[name] = &pluginv2.StringList{Values: []string{value}}
	}
	stream, err := s.resource.CallResource(ctx, &pluginv2.CallResourceRequest{
		PluginContext: one.Context.toProto(), Path: one.Path, Method: one.Method, Url: one.URL,
		Headers: headers, Body: []byte(one.Body),
	})
	if err != nil {
		return failed(err)
	}
	result := &resourceResult{Headers: map[string][]string{}}
	for {
		part, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return callResult{Resource: result}
		}
		if err != nil {
			return callResult{Error: err.Error(), Resource: result}
		}
		if result.Parts == 0 {
			result.Status = int(part.Code)
			for name, list := range part.Headers {
				result.Headers[name] = list.Values
			}
		}
		result.Parts++
		result.Body += string(part.Body)
	}
}
