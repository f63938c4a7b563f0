import type { ComponentChildren, JSX } from 'preact'
import { Icon, type IconName } from './icons.tsx'
import './button.css'

export interface ButtonProps {
  /** `plain` has no border; `main` is the one that the screen is about; `danger` destroys. */
  look?: 'normal' | 'main' | 'plain' | 'danger'
  icon?: IconName
  /** What it is called where only an icon shows. */
  label?: string
  disabled?: boolean
  /** It is at work: not to be pressed again. */
  busy?: boolean
  pressed?: boolean
  expanded?: boolean
  submits?: true
  onPress?: (event: MouseEvent) => void
  children?: ComponentChildren
}

export function Button(props: ButtonProps): JSX.Element {
  const { look = 'normal', icon, label, disabled, busy, pressed, expanded, submits, onPress, children } = props
  return (
    <button
      type={submits ? 'submit' : 'button'}
      class={`button button-${look}${children === undefined ? ' button-icon' : ''}`}
      aria-label={label}
      title={children === undefined ? label : undefined}
      aria-pressed={pressed}
      aria-expanded={expanded}
      aria-busy={busy}
      disabled={disabled === true || busy === true}
      onClick={onPress}
    >
      {icon && <Icon name={icon} />}
      {children}
    </button>
  )
}
