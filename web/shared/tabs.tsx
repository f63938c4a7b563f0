import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import type { Choice } from './field.tsx'
import './tabs.css'

interface TabsProps<Value extends string> {
  label: string
  value: Value
  choices: readonly Choice<Value>[]
  onChange: (value: Value) => void
  children: ComponentChildren
}

/** Tabs as WAI-ARIA has them: arrows move along the row, one stop for the tabulator. */
export function Tabs<Value extends string>({ label, value, choices, onChange, children }: TabsProps<Value>) {
  const id = useId()
  function move(event: KeyboardEvent) {
    const rtl = document.documentElement.dir === 'rtl'
    const step = event.key === 'ArrowRight' ? (rtl ? -1 : 1) : event.key === 'ArrowLeft' ? (rtl ? 1 : -1) : 0
    if (step === 0) return
    const index = choices.findIndex((one) => one.value === value)
    const next = choices[(index + step + choices.length) % choices.length]
    if (!next) return
    onChange(next.value)
    document.getElementById(`${id}-${next.value}`)?.focus()
  }
  return (
    <div class="tabs">
      <div role="tablist" aria-label={label} class="tabs-row" onKeyDown={move}>
        {choices.map((one) => (
          <button
            key={one.value}
            id={`${id}-${one.value}`}
            type="button"
            role="tab"
            aria-selected={one.value === value}
            aria-controls={`${id}-panel`}
            tabIndex={one.value === value ? 0 : -1}
            onClick={() => onChange(one.value)}
          >
            {one.text}
          </button>
        ))}
      </div>
      <div id={`${id}-panel`} role="tabpanel" aria-labelledby={`${id}-${value}`} class="tabs-panel">
        {children}
      </div>
    </div>
  )
}
