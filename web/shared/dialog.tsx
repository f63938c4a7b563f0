import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import { Button } from './button.tsx'
import { say } from './language.ts'
import { words } from './words.ts'
import './dialog.css'

/** The browser's own modal dialog: it holds the focus and gives it back. */
export function Dialog(props: { title: string; onClose: () => void; wide?: true; children: ComponentChildren }) {
  const dialog = useRef<HTMLDialogElement>(null)
  const title = useId()
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog ref={dialog} class={props.wide ? 'dialog dialog-wide' : 'dialog'} aria-labelledby={title} onClose={props.onClose}>
      <header class="dialog-head">
        <h2 id={title}>{props.title}</h2>
        <Button look="plain" icon="close" label={say(words.close)} onPress={() => dialog.current?.close()} />
      </header>
      <div class="dialog-body">{props.children}</div>
    </dialog>
  )
}
