import ts from 'typescript';

/** One small change of a source text, for tests to notice. */
export interface Mutant {
  readonly line: number;
  /** `< becomes <=`. */
  readonly change: string;
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
  /** The block in which it is: a test that never enters that cannot notice. */
  readonly block: number;
}

/** Where blocks begin, just behind the brace. */
export interface Mutations {
  readonly mutants: readonly Mutant[];
  readonly blocks: readonly number[];
}

const SWAPPED: ReadonlyMap<ts.SyntaxKind, readonly string[]> = new Map([
  [ts.SyntaxKind.LessThanToken, ['<=']],
  [ts.SyntaxKind.LessThanEqualsToken, ['<']],
  [ts.SyntaxKind.GreaterThanToken, ['>=']],
  [ts.SyntaxKind.GreaterThanEqualsToken, ['>']],
  [ts.SyntaxKind.EqualsEqualsEqualsToken, ['!==']],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, ['===']],
  [ts.SyntaxKind.PlusToken, ['-']],
  [ts.SyntaxKind.MinusToken, ['+']],
  [ts.SyntaxKind.AsteriskToken, ['+']],
  [ts.SyntaxKind.AmpersandToken, ['|']],
  [ts.SyntaxKind.BarToken, ['&']],
  [ts.SyntaxKind.LessThanLessThanToken, ['>>']],
  [ts.SyntaxKind.GreaterThanGreaterThanToken, ['<<']],
  [ts.SyntaxKind.AmpersandAmpersandToken, ['||']],
  [ts.SyntaxKind.BarBarToken, ['&&']],
  [ts.SyntaxKind.PlusEqualsToken, ['-=']],
  [ts.SyntaxKind.MinusEqualsToken, ['+=']],
  [ts.SyntaxKind.BarEqualsToken, ['=']],
  [ts.SyntaxKind.AmpersandEqualsToken, ['=']],
]);

/** Operators, boundaries, constants, conditions, and statements that are left out. */
export function mutationsOf(path: string, text: string): Mutations {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const mutants: Mutant[] = [];
  const blocks: number[] = [0];
  let block = 0;

  const change = (node: ts.Node, replacement: string, words?: string) => {
    const start = node.getStart(file);
    const line = file.getLineAndCharacterOfPosition(start).line + 1;
    const was = node.getText(file).replace(/\s+/g, ' ');
    mutants.push({
      line,
      change: words ?? `${was} becomes ${replacement || 'nothing'}`,
      start,
      end: node.end,
      replacement,
      block,
    });
  };

  const condition = (node: ts.Expression, ...values: readonly boolean[]) => {
    for (const value of values) change(node, String(value));
  };

  const mutate = (node: ts.Node) => {
    if (ts.isBinaryExpression(node)) {
      const { operatorToken, left, right } = node;
      const around = node.getText(file).replace(/\s+/g, ' ').slice(0, 60);
      for (const other of SWAPPED.get(operatorToken.kind) ?? []) {
        change(operatorToken, other, `${operatorToken.getText(file)} becomes ${other} in ${around}`);
      }
      if (operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken && !ts.isThrowStatement(right)) {
        change(node, `(${left.getText(file)} as never)`, `?? and what follows is left out of ${around}`);
      }
    } else if (ts.isPrefixUnaryExpression(node)) {
      if (node.operator === ts.SyntaxKind.ExclamationToken || node.operator === ts.SyntaxKind.MinusToken) {
        change(node, `(${node.operand.getText(file)})`);
      } else if (node.operator === ts.SyntaxKind.PlusPlusToken) change(node, `--${node.operand.getText(file)}`);
      else if (node.operator === ts.SyntaxKind.MinusMinusToken) change(node, `++${node.operand.getText(file)}`);
    } else if (ts.isPostfixUnaryExpression(node)) {
      const other = node.operator === ts.SyntaxKind.PlusPlusToken ? '--' : '++';
      // A loop that counts the wrong way only never ends.
      if (!ts.isForStatement(node.parent)) change(node, `${node.operand.getText(file)}${other}`);
    } else if (ts.isNumericLiteral(node)) {
      const value = Number(node.text);
      change(node, String(value + 1));
      if (value > 0 && value < 10) change(node, String(value - 1));
    } else if (node.kind === ts.SyntaxKind.TrueKeyword) change(node, 'false');
    else if (node.kind === ts.SyntaxKind.FalseKeyword) change(node, 'true');
    else if (ts.isIfStatement(node)) condition(node.expression, true, false);
    else if (ts.isWhileStatement(node)) condition(node.expression, false);
    else if (ts.isConditionalExpression(node)) condition(node.condition, true, false);
    else if (ts.isForStatement(node) && node.condition) condition(node.condition, false);
    else if (ts.isForOfStatement(node)) change(node.expression, '[]');
    else if (ts.isExpressionStatement(node)) change(node, '{}', `left out: ${node.getText(file).split('\n')[0]}`);
    else if (ts.isContinueStatement(node) || ts.isBreakStatement(node)) change(node, '{}');
    else if (ts.isReturnStatement(node) && (node.expression === undefined || ts.isIfStatement(node.parent))) {
      change(node, '{}', `left out: ${node.getText(file).split('\n')[0]}`);
    } else if (ts.isPropertyAccessExpression(node) && node.expression.getText(file) === 'Math') {
      if (node.name.text === 'min') change(node, 'Math.max');
      if (node.name.text === 'max') change(node, 'Math.min');
    }
  };

  const visit = (node: ts.Node) => {
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isInterfaceDeclaration(node)) return;
    if (ts.isTypeAliasDeclaration(node) || ts.isThrowStatement(node)) return;
    const outer = block;
    mutate(node);
    if (ts.isBlock(node)) {
      block = blocks.push(node.getStart(file) + 1) - 1;
    }
    ts.forEachChild(node, visit);
    block = outer;
  };
  visit(file);
  return { mutants, blocks };
}

export function mutated(text: string, { start, end, replacement }: Mutant): string {
  return text.slice(0, start) + replacement + text.slice(end);
}

/** The text with a call at the beginning of every block, which tells who enters it. */
export function probed(text: string, { blocks }: Mutations): string {
  let out = text;
  for (let block = blocks.length - 1; block > 0; block--) {
    const at = blocks[block] as number;
    out = `${out.slice(0, at)} (globalThis as never as { entered: Set<number> }).entered.add(${block}); ${out.slice(at)}`;
  }
  return out;
}
