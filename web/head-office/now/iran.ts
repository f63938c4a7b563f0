/** The outline of Iran, degrees of longitude and latitude: Natural Earth, 1:110,000,000 (public domain). */
export const outline: readonly (readonly [longitude: number, latitude: number])[] = [
  [53.92, 37.2],
  [54.8, 37.39],
  [55.51, 37.96],
  [56.18, 37.94],
  [56.62, 38.12],
  [57.33, 38.03],
  [58.44, 37.52],
  [59.23, 37.41],
  [60.38, 36.53],
  [61.12, 36.49],
  [61.21, 35.65],
  [60.8, 34.4],
  [60.53, 33.68],
  [60.96, 33.53],
  [60.54, 32.98],
  [60.86, 32.18],
  [60.94, 31.55],
  [61.7, 31.38],
  [61.78, 30.74],
  [60.87, 29.83],
  [61.37, 29.3],
  [61.77, 28.7],
  [62.73, 28.26],
  [62.76, 27.38],
  [63.23, 27.22],
  [63.32, 26.76],
  [61.87, 26.24],
  [61.5, 25.08],
  [59.62, 25.38],
  [58.53, 25.61],
  [57.4, 25.74],
  [56.97, 26.97],
  [56.49, 27.14],
  [55.72, 26.96],
  [54.72, 26.48],
  [53.49, 26.81],
  [52.48, 27.58],
  [51.52, 27.87],
  [50.85, 28.81],
  [50.12, 30.15],
  [49.58, 29.99],
  [48.94, 30.32],
  [48.57, 29.93],
  [48.01, 30.45],
  [48.0, 30.99],
  [47.69, 30.98],
  [47.85, 31.71],
  [47.33, 32.47],
  [46.11, 33.02],
  [45.42, 33.97],
  [45.65, 34.75],
  [46.15, 35.09],
  [46.08, 35.68],
  [45.42, 35.98],
  [44.77, 37.17],
  [44.23, 37.97],
  [44.42, 38.28],
  [44.11, 39.43],
  [44.79, 39.71],
  [44.95, 39.34],
  [45.46, 38.87],
  [46.14, 38.74],
  [46.51, 38.77],
  [47.69, 39.51],
  [48.06, 39.58],
  [48.36, 39.29],
  [48.01, 38.79],
  [48.63, 38.27],
  [48.88, 38.32],
  [49.2, 37.58],
  [50.15, 37.37],
  [50.84, 36.87],
  [52.26, 36.7],
  [53.83, 36.97],
]

const west = 43.6
const north = 40.1
/** A degree of longitude is shorter than one of latitude by the cosine of 32.5° N. */
const narrowing = 0.843
const scale = 50

export const width = Math.round((63.8 - west) * narrowing * scale)
export const height = Math.round((north - 24.7) * scale)

export const onMap = (longitude: number, latitude: number): { x: number; y: number } => ({
  x: Math.round((longitude - west) * narrowing * scale),
  y: Math.round((north - latitude) * scale),
})

export const outlinePath = `M${outline
  .map(([longitude, latitude]) => {
    const { x, y } = onMap(longitude, latitude)
    return `${x} ${y}`
  })
  .join('L')}Z`
