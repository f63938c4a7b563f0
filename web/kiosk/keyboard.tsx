import { useState } from 'preact/hooks'
import { Icon } from '../shared/icons.tsx'
import { language, say } from '../shared/language.ts'
import { words } from './words.ts'
import './keyboard.css'

/** Rows as on a Persian keyboard (ISIRI 9147), read from the right; Latin ones from the left. */
const layouts = {
  fa: ['ضصثقفغعهخحجچ', 'شسیبلاتنمکگ', 'ظطزرذدپوئژآ'],
  en: ['qwertyuiop', 'asdfghjkl', 'zxcvbnm'],
} as const

/** A keyboard on the screen: for a name or a comment. The box of text beside it takes a real one too. */
export function Keyboard({ text, onText, most }: { text: string; onText: (text: string) => void; most: number }) {
  const [letters, setLetters] = useState(language.value)
  const type = (letter: string) => {
    const upper = letters === 'en' && (text === '' || text.endsWith(' ')) ? letter.toUpperCase() : letter
    if (text.length < most) onText(text + upper)
  }
  return (
    <div class="keyboard" dir={letters === 'fa' ? 'rtl' : 'ltr'} lang={letters}>
      {layouts[letters].map((row) => (
        <div key={row} class="keyboard-row">
          {[...row].map((letter) => (
            <button key={letter} type="button" class="key" onClick={() => type(letter)}>
              {letter}
            </button>
          ))}
        </div>
      ))}
      <div class="keyboard-row">
        <button type="button" class="key key-wide key-soft" onClick={() => setLetters(letters === 'fa' ? 'en' : 'fa')}>
          {letters === 'fa' ? 'ABC' : 'ابپ'}
        </button>
        {letters === 'fa' && (
          <button type="button" class="key key-wide key-soft" aria-label={say(words.halfSpace)} onClick={() => type('\u200c')}>
            {say(words.halfSpace)}
          </button>
        )}
        <button type="button" class="key key-space" aria-label={say(words.space)} onClick={() => type(' ')}>
          {say(words.space)}
        </button>
        <button
          type="button"
          class="key key-wide key-soft"
          aria-label={say(words.eraseOne)}
          onClick={() => onText([...text].slice(0, -1).join(''))}
        >
          <Icon name="erase" size={30} />
        </button>
      </div>
    </div>
  )
}
