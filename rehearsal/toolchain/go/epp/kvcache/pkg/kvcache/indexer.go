// Package kvcache stands where llm-d's index of KV-cache blocks would: it has the names that llm-d's scheduler is
// compiled against, and refuses to work. Whoever configures the precise prefix cache is told so when the picker starts.
package kvcache

import (
	"context"
	"errors"

	preprocessing "github.com/llm-d/llm-d-kv-cache-manager/pkg/preprocessing/chat_completions"
)

var errLeftOut = errors.New("the precise prefix cache is not part of this build of the endpoint picker")

type Config struct {
	TokenizersPoolConfig *TokenizersPoolConfig `json:"tokenizersPoolConfig"`
}

type TokenizersPoolConfig struct {
	HFTokenizerConfig *HFTokenizerConfig `json:"hf"`
}

type HFTokenizerConfig struct {
	HuggingFaceToken string `json:"huggingFaceToken"`
}

// Index is what events would change.
type Index interface{}

type Indexer struct{}

func NewDefaultConfig() (*Config, error) { return nil, errLeftOut }

func NewKVCacheIndexer(context.Context, *Config) (*Indexer, error) { return nil, errLeftOut }

func (*Indexer) Run(context.Context) {}

func (*Indexer) KVBlockIndex() Index { return nil }

func (*Indexer) GetPodScores(
	context.Context, *preprocessing.RenderJinjaTemplateRequest, string, string, []string,
) (map[string]float64, error) {
	return nil, errLeftOut
}
