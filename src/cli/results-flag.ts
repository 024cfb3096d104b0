import { Option } from 'commander';

/** Where results are kept; the same flag for every command that reads or writes them. */
export function resultsFlag(): Option {
  return new Option('--results <folder>', 'where results are kept').default('results').env('ASSAY_RESULTS');
}
