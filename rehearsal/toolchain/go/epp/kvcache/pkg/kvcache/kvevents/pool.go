// Package kvevents stands where llm-d's subscriber to KV-cache events would; see package kvcache.
package kvevents

import "context"

type Config struct{}

type Pool struct{}

func DefaultConfig() *Config { return &Config{} }

// NewPool takes any index, as there is none.
func NewPool(*Config, any) *Pool { return &Pool{} }

func (*Pool) Start(context.Context) {}
