// Starts `scgc lsp` and connects the editor with it; everything else is the server's.

const vscode = require("vscode");
const { LanguageClient, TransportKind } = require("vscode-languageclient/node");

let client;

async function start() {
  const [command, ...args] = vscode.workspace.getConfiguration("scg").get("command");
  const run = { command, args, transport: TransportKind.stdio };
  client = new LanguageClient("scg", "scg", { run, debug: run }, {
    documentSelector: [{ language: "scg" }],
  });
  try {
    await client.start();
  } catch (error) {
    vscode.window.showErrorMessage(
      `scg: \`${[command, ...args].join(" ")}\` cannot be started (${error.message}). ` +
        'Install it with `pip install "scg-compiler[lsp]"`, or say in the setting scg.command where it is.'
    );
  }
}

async function stop() {
  const running = client;
  client = undefined;
  if (running && running.isRunning()) await running.stop();
}

async function activate(context) {
  const restart = async () => {
    await stop();
    await start();
  };
  context.subscriptions.push(
    vscode.commands.registerCommand("scg.restart", restart),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration("scg.command")) restart();
    })
  );
  await start();
}

module.exports = { activate, deactivate: stop };
