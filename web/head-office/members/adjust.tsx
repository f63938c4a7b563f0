import { useState } from 'preact/hooks'
import { normaliseText } from '#protocol/digits.ts'
import { Button } from '../../shared/button.tsx'
import { Dialog } from '../../shared/dialog.tsx'
import { TextField } from '../../shared/field.tsx'
import { money, moneyShown } from '../../shared/figures.ts'
import { say } from '../../shared/language.ts'
import { words as sharedWords } from '../../shared/words.ts'
import { useDoing } from '../asking.ts'
import { ProblemNote } from '../parts/screen.tsx'
import { words as frameWords } from '../words.ts'
import { words } from './words.ts'

/** Rials of what a person typed in the unit that the club shows; undefined where that is no amount. */
function rialsOf(text: string): number | undefined {
  const plain = normaliseText(text)
    .replace(/[٬,\s]/g, '')
    .replace('−', '-')
  if (!/^[+-]?\d{1,10}$/.test(plain)) return undefined
  const amount = Number(plain) * (moneyShown.value === 'toman' ? 10 : 1)
  return amount === 0 ? undefined : amount
}

export function AdjustDialog({ number, onClose, onSent }: { number: string; onClose: () => void; onSent: () => void }) {
  const doing = useDoing()
  const [text, setText] = useState('')
  const [why, setWhy] = useState('')
  const amount = rialsOf(text)
  async function submit() {
    if (amount === undefined) return
    if (await doing.act('credit-adjust', { number, amount, why })) onSent()
  }
  return (
    <Dialog title={say(words.adjust)} onClose={onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault()
          void submit()
        }}
      >
        <p class="faint">{say(words.adjustLine)}</p>
        <TextField
          label={say(moneyShown.value === 'toman' ? words.amountToman : words.amountRial)}
          value={text}
          onInput={setText}
          code
          required
          {...(amount === undefined ? {} : { hint: money(amount) })}
          fault={text !== '' && text !== '-' && amount === undefined ? say(words.amountWrong) : undefined}
        />
        <TextField label={say(frameWords.why)} hint={say(frameWords.whyHint)} value={why} onInput={setWhy} required />
        {doing.problem && <ProblemNote problem={doing.problem} />}
        <div class="dialog-actions">
          <Button onPress={onClose}>{say(sharedWords.cancel)}</Button>
          <Button look="main" submits busy={doing.busy} disabled={amount === undefined || why.trim().length < 3}>
            {say(words.propose)}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
