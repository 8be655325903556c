"""PostgreSQL's programs, run as the user that owns the servers of tests."""

import subprocess

from service.embedded_files import Account, Files


def run(files: Files, account: Account | None, program: str, *arguments: str) -> None:
    """Run a program of the wheel to its end; it must succeed."""
    subprocess.run(
        [files.binaries / program, *arguments],
        cwd="/",
        check=True,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )
