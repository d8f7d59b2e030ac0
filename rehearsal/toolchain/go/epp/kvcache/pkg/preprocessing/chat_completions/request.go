// Package preprocessing stands where llm-d's renderer of chat templates would; see package kvcache.
package preprocessing

type ChatMessage struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

// RenderJinjaTemplateRequest has the fields that llm-d's scheduler fills in.
type RenderJinjaTemplateRequest struct {
	Conversations             []ChatMessage  `json:"messages"`
	Tools                     []any          `json:"tools,omitempty"`
	Documents                 []any          `json:"documents,omitempty"`
	ChatTemplate              string         `json:"chat_template,omitempty"`
	ReturnAssistantTokensMask bool           `json:"return_assistant_tokens_mask,omitempty"`
	ContinueFinalMessage      bool           `json:"continue_final_message,omitempty"`
	AddGenerationPrompt       bool           `json:"add_generation_prompt,omitempty"`
	ChatTemplateKWArgs        map[string]any `json:"chat_template_kwargs,omitempty"`
}
