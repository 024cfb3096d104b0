// In a checkout the worker's program is TypeScript; the built package starts worker.js instead.
import { tsImport } from 'tsx/esm/api';

await tsImport('./worker.ts', import.meta.url);
