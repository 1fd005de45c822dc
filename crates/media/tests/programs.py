"""Runs other people's programs. Knows nothing of pictures."""

import subprocess

# Far more than any file of the corpus takes: what hangs must not keep the test from ending.
SECONDS = 600


def ran(command):
    """A program that writes a file, if it can."""
    subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)


def said(command, given=None):
    """What a program writes. One that writes nothing has failed, whatever its exit code: they warn by that, too."""
    answer = subprocess.run(command, input=given, capture_output=True, timeout=SECONDS, check=False)
    if not answer.stdout:
        raise OSError(answer.stderr.decode(errors="replace").strip().replace("\n", "; ")[:200])
    return answer.stdout
