import { type GraphBuilder, tensor, type Tensor, type Value } from '@neuron-atlas/onnx';

/** Columns of a half-plane spectrum. */
export const halfWidth = (width: number): number => Math.floor(width / 2) + 1;

/** Half-plane coefficients f32[N, C, 2H (re over im), W/2+1] → planes f32[N, C, H, W]: an inverse real FFT as two products. */
export function inverseFft(g: GraphBuilder, spectrum: Value, { height, width }: { readonly height: number; readonly width: number }): Value {
  const [batch, channels] = spectrum.shape as [number, number];
  const columns = g.matMul(g.constant(columnTransform(height)), spectrum);               // f32[N, C, 2H, W/2+1], rows (h, re|im)
  return g.matMul(g.reshape(columns, [batch, channels, height, 2 * halfWidth(width)]), g.constant(rowTransform(width)));
}

/** √(H·W) / (4 · max(f, 1/max(H, W))^decay), f in cycles a pixel; the same for re and im. f32[2H, W/2+1] */
export function spectrumScale(height: number, width: number, decay: number): Tensor {
  const half = halfWidth(width);
  const data = new Float32Array(2 * height * half);
  for (let row = 0; row < 2 * height; row++) {
    const u = row % height;
    const fy = (u <= height / 2 ? u : u - height) / height;
    for (let v = 0; v < half; v++) {
      const f = Math.hypot(fy, v / width);
      data[row * half + v] = Math.sqrt(height * width) / (4 * Math.max(f, 1 / Math.max(height, width)) ** decay);
    }
  }
  return tensor('f32', [2 * height, half], data);
}

/** z[h, v] = Σ_u X[u, v] e^{2πi·uh/H} / H, complex: rows (h, re|im), columns (re|im, u). f32[2H, 2H] */
function columnTransform(height: number): Tensor {
  const data = new Float32Array(4 * height * height);
  const width = 2 * height;
  for (let h = 0; h < height; h++) {
    for (let u = 0; u < height; u++) {
      const angle = (2 * Math.PI * ((u * h) % height)) / height;
      const [cos, sin] = [Math.cos(angle) / height, Math.sin(angle) / height];
      data[(2 * h) * width + u] = cos;
      data[(2 * h) * width + height + u] = -sin;
      data[(2 * h + 1) * width + u] = sin;
      data[(2 * h + 1) * width + height + u] = cos;
    }
  }
  return tensor('f32', [width, width], data);
}

/**
 * x[h, w] = Re Σ_v c_v z[h, v] e^{2πi·vw/W} / W, where c_v = 2 for the columns whose conjugate twins are left out.
 *
 * Rows (re|im, v). f32[2·(W/2+1), W]
 */
function rowTransform(width: number): Tensor {
  const half = halfWidth(width);
  const data = new Float32Array(2 * half * width);
  for (let v = 0; v < half; v++) {
    const twin = v === 0 || 2 * v === width ? 1 : 2;
    for (let w = 0; w < width; w++) {
      const angle = (2 * Math.PI * ((v * w) % width)) / width;
      data[v * width + w] = (twin * Math.cos(angle)) / width;
      data[(half + v) * width + w] = (-twin * Math.sin(angle)) / width;
    }
  }
  return tensor('f32', [2 * half, width], data);
}

// Square root of the colour covariance of ImageNet, as Lucid has it, divided by its largest column norm.
export const colourRoot = [[0.26, 0.09, 0.02], [0.27, 0, -0.05], [0.27, -0.09, 0.03]] as const;
export const largestColumnNorm = Math.max(...[0, 1, 2].map((column) => Math.hypot(...colourRoot.map((row) => row[column]!))));

/** rgb = root · (three uncorrelated planes), for each pixel. */
export function recorrelate(g: GraphBuilder, planes: Value): Value {
  const [batch, , height, width] = planes.shape as [number, number, number, number];
  const root = g.constant(tensor('f32', [3, 3], Float32Array.from(colourRoot.flat(), (entry) => entry / largestColumnNorm)));
  return g.reshape(g.matMul(root, g.reshape(planes, [batch, 3, height * width])), [batch, 3, height, width]);
}
