import { useState } from 'preact/hooks'
import type { TillResponse } from '#protocol/lane.ts'
import { Badge } from '../shared/badge.tsx'
import { Button } from '../shared/button.tsx'
import { Code } from '../shared/code.tsx'
import { DigitsField } from '../shared/digits-field.tsx'
import { language, say } from '../shared/language.ts'
import { NumberPad } from '../shared/pad.tsx'
import { Form } from './form.tsx'
import { goHome, line } from './state.ts'
import { words } from './words.ts'

type StaffAnswer = Extract<TillResponse, { op: 'staff' }>
const pinMost = 12

/** For who looks after the kiosk. The PIN goes with each question and lives no longer than this screen. */
export function Staff() {
  const [pin, setPin] = useState('')
  const [answer, setAnswer] = useState<StaffAnswer>()
  const [fault, setFault] = useState<string>()
  const [busy, setBusy] = useState<'devices' | 'test-print' | 'doctor'>()
  const ask = async (what: 'devices' | 'test-print' | 'doctor') => {
    setBusy(what)
    setFault(undefined)
    const heard = await line.ask({ op: 'staff', pin, ask: what })
    setBusy(undefined)
    if (heard?.op === 'staff') return setAnswer({ ...answer, ...heard })
    setFault(heard?.op === 'error' ? `${say(heard.error.title)} ${heard.error.reason ?? ''}` : say(words.noAnswer))
    if (heard?.op === 'error' && heard.error.key === 'staff.refused') setPin('')
  }
  if (!answer)
    return (
      <Form ready={pin.length >= 4} onDone={() => void ask('devices')}>
        <h1>{say(words.staffTitle)}</h1>
        <DigitsField label={say(words.staffTitle)} value={pin} length={pinMost} onValue={setPin} secret />
        <p class="kiosk-fault" role="alert">
          {fault}
        </p>
        <NumberPad
          onDigit={(digit) => setPin((text) => (text.length < pinMost ? text + digit : text))}
          onBack={() => setPin((text) => text.slice(0, -1))}
          onClear={() => setPin('')}
        />
        <div class="kiosk-row">
          <Button onPress={goHome}>{say(words.back)}</Button>
          <Button look="main" submits disabled={pin.length < 4} busy={busy !== undefined}>
            {say(words.staffOpen)}
          </Button>
        </div>
      </Form>
    )
  return (
    <section class="kiosk-form kiosk-wide">
      <h1>{say(words.devices)}</h1>
      <ul class="staff-list">
        {answer.devices?.map(({ device, driver, status, reason }) => (
          <li key={device}>
            <Code>{device}</Code>
            <span class="kiosk-soft">
              <Code>{driver}</Code>
            </span>
            <Badge tone={status === 'ready' ? 'good' : status === 'degraded' ? 'warn' : 'bad'}>{say(words[status])}</Badge>
            {reason !== undefined && (
              <p class="kiosk-soft" dir="auto">
                {reason}
              </p>
            )}
          </li>
        ))}
      </ul>
      {answer.printed && <p role="status">{say(words.printed)}</p>}
      {answer.findings && <Findings findings={answer.findings} />}
      <p class="kiosk-fault" role="alert">
        {fault}
      </p>
      <div class="kiosk-row">
        <Button icon="print" busy={busy === 'test-print'} onPress={() => void ask('test-print')}>
          {say(words.testPrint)}
        </Button>
        <Button icon="wrench" busy={busy === 'doctor'} onPress={() => void ask('doctor')}>
          {say(words.doctor)}
        </Button>
        <Button icon="refresh" onPress={() => location.reload()}>
          {say(words.reload)}
        </Button>
        <Button look="main" onPress={goHome}>
          {say(words.done)}
        </Button>
      </div>
    </section>
  )
}

function Findings({ findings }: { findings: NonNullable<StaffAnswer['findings']> }) {
  const wrong = findings.filter(({ status }) => status !== 'ok')
  if (wrong.length === 0) return <p role="status">{say(words.doctorWell)}</p>
  return (
    <ul class="staff-list">
      {wrong.map(({ subject, status, detail, persian, command }) => (
        <li key={`${subject} ${detail}`}>
          <Code>{subject}</Code>
          <Badge tone={status === 'warning' ? 'warn' : 'bad'}>{say(status === 'warning' ? words.degraded : words.absent)}</Badge>
          <p dir="auto">{language.value === 'fa' ? (persian ?? detail) : detail}</p>
          {command !== undefined && <Code>{command}</Code>}
        </li>
      ))}
    </ul>
  )
}
