import type { ComponentChildren } from 'preact'

/** One question to the visitor. `ready`: whether Enter, or the main button, does what it is for. */
export function Form(props: { wide?: true; ready: boolean; onDone: () => void; children: ComponentChildren }) {
  const { wide, ready, onDone, children } = props
  const submit = (event: Event) => {
    event.preventDefault()
    if (ready) onDone()
  }
  return (
    <form class={wide ? 'kiosk-form kiosk-wide' : 'kiosk-form'} onSubmit={submit}>
      {children}
    </form>
  )
}
