import type { ComponentChildren } from 'preact'
import './badge.css'

export type Tone = 'good' | 'warn' | 'bad' | 'idle' | 'accent'

/** A word with a colour that says the same: never the colour alone. */
export const Badge = ({ tone, children }: { tone: Tone; children: ComponentChildren }) => (
  <span class={`badge badge-${tone}`}>{children}</span>
)

export const Dot = ({ tone }: { tone: Tone }) => <span class={`dot dot-${tone}`} aria-hidden="true" />
