import type { Words } from '../../shared/language.ts'

export const words = {
  line: {
    fa: 'هر پیشنهاد چند بار دیده شد، چه واکنشی گرفت، چه خرج برداشت و چه فروشی آورد',
    en: 'How often each was shown, how people reacted, what it cost and what it brought',
  },
  title: { fa: 'پاسخ و بازده پیشنهادها', en: 'Response and return' },
} as const satisfies Words
