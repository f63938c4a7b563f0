import { useState } from 'preact/hooks'
import { Button } from '../shared/button.tsx'
import { Code } from '../shared/code.tsx'
import type { LaneLine } from '../shared/lane-line.ts'
import { say } from '../shared/language.ts'
import { digits, NumberPad } from '../shared/pad.tsx'
import { words } from './words.ts'

const codeDigits = 8

/** A tablet gets the lane's page with a code, once. */
export function Pairing({ line, lane }: { line: LaneLine; lane: string }) {
  const [code, setCode] = useState('')
  const [fault, setFault] = useState<string>()
  const pair = async () => {
    if ((await line.pair(code)) === 'paired') return
    setCode('')
    setFault(say(words.pairWrong))
  }
  return (
    <main class="lane-note">
      <h1>{say(words.pairTitle)}</h1>
      <p class="lane-soft">{say(words.pairHint)}</p>
      <p>
        <Code>{`vafa gateway pair ${lane}`}</Code>
      </p>
      <output class="lane-code" dir="ltr" aria-label={say(words.pairTitle)}>
        {digits(code.padEnd(codeDigits, '·'))}
      </output>
      <p role="alert">{fault}</p>
      <NumberPad
        onDigit={(digit) => setCode((text) => (text.length < codeDigits ? text + digit : text))}
        onBack={() => setCode((text) => text.slice(0, -1))}
        onClear={() => setCode('')}
      />
      <Button look="main" disabled={code.length < codeDigits} onPress={() => void pair()}>
        {say(words.pair)}
      </Button>
    </main>
  )
}
