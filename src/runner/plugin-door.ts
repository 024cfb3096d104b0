import { register } from 'node:module';

let open = false;

/**
 * From now on, whatever is loaded finds this Assay under its public names, so that plugins work in any folder: with
 * Assay installed beside them, installed globally, or run from a checkout.
 */
export function openPluginDoor(): void {
  if (open) return;
  open = true;
  const url = (path: string) => new URL(path, import.meta.url).href;
  register('./plugin-hooks.js', import.meta.url, {
    data: {
      assay: url('../index.js'),
      'assay/plugin': url('../plugin/index.js'),
      'assay/linearizability-checker': url('../linearizability-checker/index.js'),
    },
  });
}
