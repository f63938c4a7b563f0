import { normaliseText } from '#protocol/digits.ts'
import { digits } from './pad.tsx'
import './digits-field.css'

/** Digits as they are typed, in a line of their own length; a keyboard may type them too. */
export function DigitsField(props: {
  label: string
  value: string
  length: number
  onValue: (value: string) => void
  secret?: true
}) {
  const { label, value, length, onValue, secret } = props
  return (
    <input
      class="digits-field"
      aria-label={label}
      dir="ltr"
      inputMode="none"
      autocomplete="off"
      // One element for both: its types tell each kind of input apart.
      type={(secret ? 'password' : 'text') as 'text'}
      maxLength={length}
      value={secret ? value : digits(value)}
      onInput={(event) => onValue(normaliseText(event.currentTarget.value).replace(/\D/g, '').slice(0, length))}
    />
  )
}
