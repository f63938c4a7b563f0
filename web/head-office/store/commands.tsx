import { useState } from 'preact/hooks'
import type { OfficeAnswer } from '#protocol/head-office/requests.ts'
import type { DeviceHealth } from '#protocol/state.ts'
import { Button } from '../../shared/button.tsx'
import { SelectField, TextField } from '../../shared/field.tsx'
import { clock } from '../../shared/figures.ts'
import { say } from '../../shared/language.ts'
import { useDoing } from '../asking.ts'
import { Note, ProblemNote } from '../parts/screen.tsx'
import { AnswerText } from './answer-text.tsx'
import { words } from './words.ts'

interface CommandsProps {
  store: string
  commands: OfficeAnswer<'store'>['commands']
  devices: readonly DeviceHealth[]
  lanes: readonly string[]
}

/** Has the box do something, and shows what it made of it. */
export function Commands({ store, commands, devices, lanes }: CommandsProps) {
  const doing = useDoing()
  const [name, setName] = useState(commands.find((one) => one.name === 'devices')?.name ?? commands[0]?.name ?? '')
  const [values, setValues] = useState<Record<string, string>>({})
  const [answer, setAnswer] = useState<{ at: string; result: OfficeAnswer<'store-command'> }>()
  const command = commands.find((one) => one.name === name)
  if (!command) return null

  async function send() {
    setAnswer(undefined)
    const given = (command?.data ?? []).flatMap((key) => {
      const text = typedOf(key)
      return text === '' ? [] : [[key, /^\d+$/.test(text) ? Number(text) : text] as const]
    })
    const result = await doing.act('store-command', { store, name, data: Object.fromEntries(given) })
    if (result) setAnswer({ at: new Date().toISOString(), result })
  }
  const choicesOf = (key: string): readonly string[] | undefined =>
    key === 'device' ? devices.map(({ device }) => device) : key === 'lane' && lanes.length > 0 ? lanes : undefined
  const typedOf = (key: string) => values[key] ?? choicesOf(key)?.[0] ?? ''

  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault()
        void send()
      }}
    >
      <div class="store-command">
        <SelectField
          label={say(words.command)}
          value={name}
          choices={commands.map((one) => ({ value: one.name, text: say(one.title) }))}
          onChange={setName}
        />
        {command.data.map((key) => {
          const choices = choicesOf(key)
          const label = key in words ? say(words[key as keyof typeof words]) : key
          const change = (text: string) => setValues({ ...values, [key]: text })
          return choices ? (
            <SelectField
              key={key}
              label={label}
              value={typedOf(key)}
              choices={choices.map((value) => ({ value, text: value }))}
              onChange={change}
            />
          ) : (
            <TextField key={key} label={label} code value={typedOf(key)} onInput={change} />
          )
        })}
        <Button look="main" submits busy={doing.busy}>
          {say(words.send)}
        </Button>
      </div>
      {doing.busy && (
        <p class="faint" role="status">
          {say(words.waits)}
        </p>
      )}
      {doing.problem && <ProblemNote problem={doing.problem} />}
      {answer && (
        <div class="stack">
          <Note tone={answer.result.status === 'ok' ? 'good' : 'bad'}>
            {clock(answer.at)} –{' '}
            {answer.result.status === 'ok' ? say(words.done) : `${say(words.refused)}: ${answer.result.error?.title ?? ''}`}
          </Note>
          {answer.result.data !== undefined && <AnswerText data={answer.result.data} />}
        </div>
      )}
    </form>
  )
}
