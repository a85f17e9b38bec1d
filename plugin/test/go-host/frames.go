package main

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"
)

type frameResult struct {
	Name   string          `json:"name"`
	RefID  string          `json:"refId"`
	Meta   *data.FrameMeta `json:"meta,omitempty"`
	Rows   int             `json:"rows"`
	Fields []fieldResult   `json:"fields"`
	// TimeSeriesType is how Grafana's alerting reads the frame: not, wide or long.
	TimeSeriesType string `json:"timeSeriesType"`
}

type fieldResult struct {
	Name   string            `json:"name"`
	Type   string            `json:"type"`
	Labels data.Labels       `json:"labels,omitempty"`
	Config *data.FieldConfig `json:"config,omitempty"`
	Values []any             `json:"values"`
}

// maxValues bounds what is printed of a large frame.
const maxValues = 1000

func describe(frame *data.Frame) (frameResult, error) {
	// What the browser and the alerting engine would get must be writable too.
	if _, err := data.FrameToJSON(frame, data.IncludeAll); err != nil {
		return frameResult{}, err
	}
	rows, err := frame.RowLen()
	if err != nil {
		return frameResult{}, err
	}
	result := frameResult{
		Name: frame.Name, RefID: frame.RefID, Meta: frame.Meta, Rows: rows, Fields: []fieldResult{},
		TimeSeriesType: frame.TimeSeriesSchema().Type.String(),
	}
	for _, field := range frame.Fields {
		values := make([]any, 0, min(rows, maxValues))
		for row := 0; row < rows && row < maxValues; row++ {
			value, present := field.ConcreteAt(row)
			if !present {
				values = append(values, nil)
				continue
			}
			values = append(values, printable(value))
		}
		result.Fields = append(result.Fields, fieldResult{
			Name: field.Name, Type: field.Type().ItemTypeString(), Labels: field.Labels, Config: field.Config, Values: values,
		})
	}
	return result, nil
}

func printable(value any) any {
	switch typed := value.(type) {
	case int64:
		return strconv.FormatInt(typed, 10)
	case uint64:
		return strconv.FormatUint(typed, 10)
	case time.Time:
		return strconv.FormatInt(typed.UnixNano(), 10)
	case json.RawMessage:
		return typed
	default:
		return typed
	}
}
