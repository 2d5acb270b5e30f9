/**
 * Prompts that every house has without uploading anything (`fixtures/prompts`), by the names that a configuration gives
 * them. A medium of the same name takes their place.
 */
export const housePrompts: ReadonlySet<string> = new Set([
  'agent_after',
  'agent_before',
  'all_busy',
  'callback_noted',
  'callback_offer',
  'closed',
  'goodbye',
  'greeting',
  'hold_music',
  'invalid_key',
  'long_sign_in',
  'no_key',
  'number_before',
  'place_after',
  'place_before',
  'recorded',
  'survey',
  'survey_thanks',
  'transfer',
  'voicemail_beep',
  'voicemail_greeting',
  'voicemail_saved',
  'wait_before',
])
