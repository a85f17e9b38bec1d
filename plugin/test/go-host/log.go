package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"sync"
	"syscall"
)

// logLine is one line of the host's log, the plugin's own lines included.
type logLine map[string]any

// logSink collects what hclog writes.
type logSink struct {
	mutex  sync.Mutex
	buffer bytes.Buffer
}

func (sink *logSink) Write(bytes []byte) (int, error) {
	sink.mutex.Lock()
	defer sink.mutex.Unlock()
	return sink.buffer.Write(bytes)
}

func (sink *logSink) text() string {
	sink.mutex.Lock()
	defer sink.mutex.Unlock()
	return sink.buffer.String()
}

func (sink *logSink) lines() []logLine {
	lines := []logLine{}
	scanner := bufio.NewScanner(strings.NewReader(sink.text()))
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		var line logLine
		if err := json.Unmarshal(scanner.Bytes(), &line); err == nil {
			lines = append(lines, line)
		}
	}
	return lines
}

func alive(pid int) bool {
	process, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	return process.Signal(syscall.Signal(0)) == nil
}
