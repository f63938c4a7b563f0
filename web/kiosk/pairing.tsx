import { useState } from 'preact/hooks'
import { Button } from '../shared/button.tsx'
import { Code } from '../shared/code.tsx'
import { say } from '../shared/language.ts'
import { NumberPad } from '../shared/pad.tsx'
import { Form } from './form.tsx'
import { DigitsField } from './mobile.tsx'
import { line } from './state.ts'
import { words } from './words.ts'

const codeDigits = 8

/** A browser that is not on the box itself gets the lane's page with a code, once. */
export function Pairing({ lane }: { lane: string }) {
  const [code, setCode] = useState('')
  const [fault, setFault] = useState<string>()
  const pair = async () => {
    const outcome = await line.pair(code)
    if (outcome === 'paired') return
    setCode('')
    setFault(say(words.pairWrong))
  }
  return (
    <Form ready={code.length === codeDigits} onDone={() => void pair()}>
      <h1>{say(words.pairTitle)}</h1>
      <p class="kiosk-soft">{say(words.pairHint)}</p>
      <p>
        <Code>{`vafa gateway pair ${lane}`}</Code>
      </p>
      <DigitsField label={say(words.pairTitle)} value={code} length={codeDigits} onValue={setCode} />
      <p class="kiosk-fault" role="alert">
        {fault}
      </p>
      <NumberPad
        onDigit={(digit) => setCode((text) => (text.length < codeDigits ? text + digit : text))}
        onBack={() => setCode((text) => text.slice(0, -1))}
        onClear={() => setCode('')}
      />
      <Button look="main" submits disabled={code.length < codeDigits}>
        {say(words.pair)}
      </Button>
    </Form>
  )
}
