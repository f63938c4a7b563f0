import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import './field.css'

interface FieldProps {
  label: string
  /** Only for screen readers: the place says it to all others. */
  quiet?: true
  hint?: string
  fault?: string | undefined
}

/** A label above a control, with what is wrong below it; `children` gets the ids that tie them together. */
export function Field(props: FieldProps & { children: (ids: { id: string; 'aria-describedby'?: string }) => ComponentChildren }) {
  const id = useId()
  const below = props.fault ?? props.hint
  return (
    <div class="field">
      <label class={props.quiet ? 'for-readers' : 'field-label'} for={id}>
        {props.label}
      </label>
      {props.children(below === undefined ? { id } : { id, 'aria-describedby': `${id}-below` })}
      {below !== undefined && (
        <p id={`${id}-below`} class={props.fault === undefined ? 'field-hint' : 'field-fault'}>
          {below}
        </p>
      )}
    </div>
  )
}

export interface TextFieldProps extends FieldProps {
  value: string
  onInput: (text: string) => void
  type?: 'text' | 'password' | 'search' | 'number' | 'tel'
  /** A code or a number: it stays left to right. */
  code?: true
  placeholder?: string
  autocomplete?: 'username' | 'current-password' | 'new-password' | 'off'
  required?: true
  inputMode?: 'numeric' | 'tel' | 'text'
}

export function TextField({
  value,
  onInput,
  type = 'text',
  code,
  placeholder,
  autocomplete,
  required,
  inputMode,
  ...field
}: TextFieldProps) {
  return (
    <Field {...field}>
      {(ids) => (
        <input
          {...ids}
          class="control"
          // One element for all: its types tell each kind of input apart.
          type={type as 'text'}
          value={value}
          dir={code ? 'ltr' : 'auto'}
          placeholder={placeholder}
          autocomplete={autocomplete ?? 'off'}
          required={required}
          inputMode={inputMode}
          aria-invalid={field.fault === undefined ? undefined : true}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      )}
    </Field>
  )
}

export interface Choice<Value extends string> {
  value: Value
  text: string
}

export function SelectField<Value extends string>(
  props: FieldProps & { value: Value; choices: readonly Choice<Value>[]; onChange: (value: Value) => void },
) {
  const { value, choices, onChange, ...field } = props
  return (
    <Field {...field}>
      {(ids) => (
        <select {...ids} class="control" value={value} onChange={(event) => onChange(event.currentTarget.value as Value)}>
          {choices.map((one) => (
            <option key={one.value} value={one.value}>
              {one.text}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}
