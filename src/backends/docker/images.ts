import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { AssayError, messageOf } from '../../kernel/errors.js';
import type { ContainerNode, HostedNode } from '../../plugin/system.js';
import { packageFolder, runsFromSource } from '../package-files.js';
import { type Engine, isRefusal } from './engine.js';
import { packTar, type TarFile } from './tar.js';

/** What `docker/base-image` makes where no registry is reachable. */
const LOCAL_BASE = 'assay-base:local';
const REGISTRY_BASE = 'node:20-bookworm-slim';

/** Says which target an image is, and that it is ours. */
const IMAGE_LABEL = 'assay.image';
const IMAGES_KEPT = 5;

export interface Image {
  /** Such as `assay-node:5c1f0a2b9e44`: the tag is a digest of all that went into it. */
  readonly tag: string;
  readonly base: string;
}

/** The base image: `ASSAY_BASE_IMAGE` if set, else the one made on this machine, else a registry's. */
export async function baseImage(engine: Engine): Promise<{ name: string; id: string | undefined }> {
  const chosen = process.env.ASSAY_BASE_IMAGE;
  for (const name of chosen ? [chosen] : [LOCAL_BASE, REGISTRY_BASE]) {
    const id = await imageId(engine, name);
    if (id !== undefined) return { name, id };
  }
  return { name: chosen ?? REGISTRY_BASE, id: undefined };
}

/**
 * The image of one target of `docker/Dockerfile`, built unless one of the same content is there.
 *
 * @throws AssayError `image-build` with the build's last lines
 */
export async function ensureImage(engine: Engine, target: string, onProgress: (text: string) => void): Promise<Image> {
  const base = await baseImage(engine);
  const files = await contextFor(target);
  const digest = createHash('sha256').update(JSON.stringify([base.id ?? base.name, target]));
  for (const { name, content } of files) digest.update(name).update('\0').update(content).update('\0');
  const tag = `assay-${target}:${digest.digest('hex').slice(0, 12)}`;
  if ((await imageId(engine, tag)) === undefined) {
    onProgress(`building the image ${tag}`);
    await build(engine, { target, tag, base: base.name, files });
    await removeSuperseded(engine, target);
  }
  return { tag, base: base.name };
}

/** What the containers of one system are made of. */
export interface SystemImages {
  readonly server: Image;
  /** Holds what faults need; a server of ours has it all in its own image. */
  readonly sidecar: Image;
}

/**
 * The images of one system, built or pulled where they are missing.
 *
 * @throws AssayError `image-build`
 */
export async function imagesOf(
  engine: Engine,
  node: HostedNode | ContainerNode,
  onProgress: (text: string) => void,
): Promise<SystemImages> {
  if (node.kind === 'container' && 'name' in node.image) {
    const server = await ensurePulled(engine, node.image.name, onProgress);
    return { server, sidecar: await ensureImage(engine, 'tools', onProgress) };
  }
  const target = node.kind === 'hosted' ? 'node' : 'target' in node.image ? node.image.target : '';
  const image = await ensureImage(engine, target, onProgress);
  return { server: image, sidecar: image };
}

/** An image by its name, from a registry where the engine does not have it. */
async function ensurePulled(engine: Engine, name: string, onProgress: (text: string) => void): Promise<Image> {
  if ((await imageId(engine, name)) !== undefined) return { tag: name, base: name };
  onProgress(`pulling the image ${name}`);
  try {
    const stream = await engine.docker.pull(name);
    await new Promise<void>((resolve, reject) => {
      engine.docker.modem.followProgress(stream, (error) => (error ? reject(error) : resolve()));
    });
  } catch (error) {
    throw new AssayError(
      'image-build',
      `The image ${name} is not on this engine and cannot be pulled: ${messageOf(error)}`,
      `Build it (docker build -t ${name} …) or load it (docker load), or mend its name in the system's plugin.`,
      { cause: error },
    );
  }
  return { tag: name, base: name };
}

async function contextFor(target: string): Promise<TarFile[]> {
  const folder = join(packageFolder(), 'docker');
  const read = async (name: string) => ({ name, content: await readFile(join(folder, name)) });
  const files = await Promise.all([read('Dockerfile'), read('sidecar.mjs')]);
  return target === 'node' ? [...files, { name: 'assay-node.mjs', content: await nodeBundle() }] : files;
}

/** `src/node/main.ts` and all it imports as one file. A checkout bundles it anew, so that no change is ever missed. */
async function nodeBundle(): Promise<Uint8Array> {
  const folder = packageFolder();
  const wayOut = 'Run `npm run build`, then try again.';
  try {
    if (!runsFromSource()) return await readFile(join(folder, 'dist', 'assay-node.mjs'));
    const { build: bundle } = await import('esbuild');
    const { outputFiles } = await bundle({
      entryPoints: [join(folder, 'src', 'node', 'main.ts')],
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      alias: { 'assay/plugin': join(folder, 'src', 'plugin', 'index.ts') },
      write: false,
      logLevel: 'silent',
    });
    const [output] = outputFiles;
    if (!output) throw new Error('esbuild gave no output');
    return output.contents;
  } catch (error) {
    throw new AssayError('image-build', `The node program cannot be had: ${messageOf(error)}`, wayOut, {
      cause: error,
    });
  }
}

interface BuildOptions {
  readonly target: string;
  readonly tag: string;
  readonly base: string;
  readonly files: readonly TarFile[];
}

/** One message of the engine's build stream. */
interface BuildMessage {
  readonly stream?: string;
  readonly error?: string;
}

async function build(engine: Engine, { target, tag, base, files }: BuildOptions): Promise<void> {
  const lines: string[] = [];
  const failed = (reason: string, cause?: unknown) =>
    new AssayError(
      'image-build',
      `The image ${tag} could not be built on ${base}: ${reason}\n${lines.slice(-12).join('\n')}`,
      'Where no registry is reachable, `sudo docker/base-image` makes a base image; ASSAY_BASE_IMAGE names another one.',
      { cause },
    );
  try {
    const stream = await engine.docker.buildImage(Readable.from([packTar(files)]) as unknown as NodeJS.ReadableStream, {
      t: tag,
      target,
      buildargs: { BASE_IMAGE: base },
      labels: { [IMAGE_LABEL]: target },
    });
    await new Promise<void>((resolve, reject) => {
      engine.docker.modem.followProgress(
        stream,
        (error) => (error ? reject(error) : resolve()),
        ({ stream: text, error }: BuildMessage) => {
          if (text?.trim()) lines.push(text.trim());
          if (error !== undefined) reject(new Error(error));
        },
      );
    });
  } catch (error) {
    throw failed(messageOf(error), error);
  }
}

/**
 * Each build of Assay makes another image. The latest few stay, for harnesses of other checkouts that are at work now;
 * an older one that a container still uses is refused by the engine and stays too.
 */
async function removeSuperseded(engine: Engine, target: string): Promise<void> {
  const images = await engine.ask('list images', (docker) =>
    docker.listImages({ filters: { label: [`${IMAGE_LABEL}=${target}`] } }),
  );
  const tagged = images.filter(({ RepoTags }) => RepoTags?.some((tag) => tag.startsWith(`assay-${target}:`)));
  const superseded = tagged.sort((a, b) => b.Created - a.Created).slice(IMAGES_KEPT);
  await Promise.allSettled(superseded.map(({ Id }) => engine.docker.getImage(Id).remove()));
}

async function imageId(engine: Engine, name: string): Promise<string | undefined> {
  try {
    const { Id } = await engine.ask(`look at the image ${name}`, (docker) => docker.getImage(name).inspect());
    return Id;
  } catch (error) {
    if (isRefusal(error, 404)) return undefined;
    throw error;
  }
}
