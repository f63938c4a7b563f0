import { useState } from 'preact/hooks'
import { Button } from '../../shared/button.tsx'
import { Code } from '../../shared/code.tsx'
import { Dialog } from '../../shared/dialog.tsx'
import { Field, TextField } from '../../shared/field.tsx'
import { say } from '../../shared/language.ts'
import { may, useAnswer, useDoing } from '../asking.ts'
import { Answered, Facts, ProblemNote } from '../parts/screen.tsx'
import { words as frameWords } from '../words.ts'
import type { Entry } from './quarantine.tsx'
import { adviceOf, words } from './words.ts'

interface CorrectProps {
  entry: Entry
  onClose: () => void
  onDone: (outcome: { tone: 'good' | 'warn'; text: string }) => void
}

/** One event with its contents, and the three things that can be done with it. */
export function CorrectDialog({ entry, onClose, onDone }: CorrectProps) {
  const named = { id: entry.eventid, store: entry.store, hash: entry.hash }
  const asked = useAnswer('quarantined', named)
  return (
    <Dialog title={say(entry.title)} onClose={onClose} wide>
      <Facts
        rows={[
          [say(words.event), <Code>{entry.eventid}</Code>],
          [say(words.reason), <span dir="auto">{entry.reason}</span>],
          [say(words.advice), say(adviceOf(entry.key))],
        ]}
      />
      <Answered asked={asked}>{({ text }) => <Correct named={named} text={text} onDone={onDone} />}</Answered>
    </Dialog>
  )
}

function Correct(props: { named: { id: string; store: string; hash: string }; text: string; onDone: CorrectProps['onDone'] }) {
  const { named, text, onDone } = props
  const came = pretty(text)
  const [typed, setTyped] = useState(came)
  const [why, setWhy] = useState('')
  const doing = useDoing()
  const changed = typed !== came
  const fault = changed ? faultIn(typed) : undefined

  async function release() {
    const correction = changed ? { correction: JSON.stringify(JSON.parse(typed)) } : {}
    const reason = why.trim().length < 3 ? {} : { why }
    const answer = await doing.act('quarantine-release', { ...named, ...correction, ...reason })
    if (!answer) return
    if (answer.status === 'quarantined') onDone({ tone: 'warn', text: say(words.again, { error: answer.error ?? '' }) })
    else onDone({ tone: 'good', text: say(words.released) })
  }
  async function drop() {
    if (await doing.act('quarantine-drop', { ...named, why })) onDone({ tone: 'good', text: say(words.dropped) })
  }

  return (
    <>
      <Field label={say(words.contents)} hint={say(words.contentsHint)} fault={fault && say(words.badJson, { detail: fault })}>
        {(ids) => (
          <textarea
            {...ids}
            class="control code-area"
            dir="ltr"
            rows={14}
            spellcheck={false}
            value={typed}
            readOnly={!may('quarantine-release')}
            aria-invalid={fault === undefined ? undefined : true}
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
        )}
      </Field>
      {may('quarantine-drop') && <TextField label={say(frameWords.why)} hint={say(words.whyDrop)} value={why} onInput={setWhy} />}
      {doing.problem && <ProblemNote problem={doing.problem} />}
      <div class="dialog-actions">
        {may('quarantine-drop') && (
          <Button look="danger" busy={doing.busy} disabled={why.trim().length < 3} onPress={() => void drop()}>
            {say(words.drop)}
          </Button>
        )}
        {may('quarantine-release') && (
          <Button look="main" busy={doing.busy} disabled={fault !== undefined} onPress={() => void release()}>
            {say(changed ? words.releaseCorrected : words.release)}
          </Button>
        )}
      </div>
    </>
  )
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}

function faultIn(text: string): string | undefined {
  try {
    JSON.parse(text)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
