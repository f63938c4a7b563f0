import type { ComponentChildren } from 'preact'
import { Button } from './button.tsx'
import { say } from './language.ts'
import { words } from './words.ts'
import './states.css'

/** Grey bars where the content will be: nothing jumps when it comes. */
export function Loading({ rows = 4 }: { rows?: number }) {
  return (
    <div class="loading" role="status">
      <span class="for-readers">{say(words.loading)}</span>
      {Array.from({ length: rows }, (_, i) => (
        <div key={i} class="loading-bar" />
      ))}
    </div>
  )
}

/** There is nothing here, and why that is no fault. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="state">
      <p class="state-title">{title}</p>
      {children !== undefined && <div class="state-text">{children}</div>}
    </div>
  )
}

/** Something went wrong: what, and the way out. */
export function Failure({ title, detail, onAgain }: { title: string; detail?: string | undefined; onAgain?: () => void }) {
  return (
    <div class="state state-failure" role="alert">
      <p class="state-title">{title}</p>
      {detail !== undefined && <p class="state-text">{detail}</p>}
      {onAgain && (
        <Button icon="refresh" onPress={onAgain}>
          {say(words.tryAgain)}
        </Button>
      )}
    </div>
  )
}
