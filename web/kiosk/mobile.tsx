import { useState } from 'preact/hooks'
import { Button } from '../shared/button.tsx'
import { DigitsField } from '../shared/digits-field.tsx'
import { language, say } from '../shared/language.ts'
import { digits, NumberPad } from '../shared/pad.tsx'
import { Form } from './form.tsx'
import { go, line } from './state.ts'
import { words } from './words.ts'

const mobileDigits = 11
const codeDigits = 5

export function Mobile() {
  const [mobile, setMobile] = useState('09')
  const [fault, setFault] = useState<string>()
  const [busy, setBusy] = useState(false)
  const whole = /^09\d{9}$/.test(mobile)
  const send = async () => {
    setBusy(true)
    const answer = await line.ask({ op: 'send-code', mobile, language: language.value })
    setBusy(false)
    if (answer?.op === 'code-sent') return go({ at: 'code', mobile })
    setFault(answer?.op === 'error' ? say(answer.error.title) : say(words.noAnswer))
  }
  return (
    <Form ready={whole} onDone={() => void send()}>
      <h1>{say(words.mobileTitle)}</h1>
      <p class="kiosk-soft">{say(words.mobileHint)}</p>
      <DigitsField label={say(words.mobileTitle)} value={mobile} length={mobileDigits} onValue={setMobile} />
      <p class="kiosk-fault" role="alert">
        {fault}
      </p>
      <NumberPad
        onDigit={(digit) => setMobile((text) => (text.length < mobileDigits ? text + digit : text))}
        onBack={() => setMobile((text) => text.slice(0, -1))}
        onClear={() => setMobile('')}
      />
      <Button look="main" submits disabled={!whole} busy={busy}>
        {say(words.sendCode)}
      </Button>
    </Form>
  )
}

/** The code that came; who is no member yet goes on to join. */
export function Code({ mobile }: { mobile: string }) {
  const [code, setCode] = useState('')
  const [fault, setFault] = useState<string>()
  const [busy, setBusy] = useState(false)
  const prove = async () => {
    setBusy(true)
    setFault(undefined)
    const answer = await line.ask({ op: 'prove-mobile', mobile, code })
    setBusy(false)
    // The lane shows whose it is; the page follows what it shows.
    if (answer?.op === 'member') return go({ at: 'home' })
    if (answer?.op === 'error' && answer.error.key === 'credential.unknown') return go({ at: 'join', mobile })
    setCode('')
    setFault(answer?.op === 'error' ? say(answer.error.title) : say(words.noAnswer))
  }
  const again = async () => {
    const answer = await line.ask({ op: 'send-code', mobile, language: language.value })
    setFault(answer?.op === 'code-sent' ? undefined : answer?.op === 'error' ? say(answer.error.title) : say(words.noAnswer))
  }
  return (
    <Form ready={code.length === codeDigits} onDone={() => void prove()}>
      <h1>{say(words.codeTitle)}</h1>
      <p class="kiosk-soft">
        {say(words.codeFor)} <bdi dir="ltr">{digits(mobile)}</bdi>
      </p>
      <DigitsField label={say(words.codeTitle)} value={code} length={codeDigits} onValue={setCode} />
      <p class="kiosk-fault" role="alert">
        {fault}
      </p>
      <NumberPad
        onDigit={(digit) => setCode((text) => (text.length < codeDigits ? text + digit : text))}
        onBack={() => setCode((text) => text.slice(0, -1))}
        onClear={() => setCode('')}
      />
      <div class="kiosk-row">
        <Button onPress={() => void again()}>{say(words.sendAgain)}</Button>
        <Button look="main" submits disabled={code.length < codeDigits} busy={busy}>
          {say(words.next)}
        </Button>
      </div>
    </Form>
  )
}
