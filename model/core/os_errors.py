"""What the system says when a file cannot be read or written, in words, with a way out."""

from __future__ import annotations

import errno

UNSUPPORTED = {errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP}  # by a file system
WAYS_OUT = {
    errno.EACCES: "change the permissions there",
    errno.EPERM: "change the permissions there",
    errno.EBUSY: "close the program that uses it",
    errno.EDQUOT: "delete files of yours there, as the quota is used up",
    errno.EEXIST: "delete the file, or the link that leads nowhere, that is in its place",
    errno.EFBIG: "raise the limit on the size of files (ulimit -f)",
    errno.EIO: "check the disk or the network, which failed",
    errno.EISDIR: "name a file, as this is a folder",
    errno.ELOOP: "delete one of the links there, which lead in a circle",
    errno.EMFILE: "raise the limit on open files (ulimit -n), or lower --jobs",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.ENFILE: "close other programs, as the machine has too many files open",
    errno.ENODEV: "check that the disk is still there",
    errno.ENOENT: "check the path, and make the folder if it is missing",
    errno.ENOLCK: "choose a file system with locks",
    errno.ENOSPC: "free some space on that disk",
    errno.ENOSYS: "choose a file system that can do this",
    errno.ENOTDIR: "check the path: a part of it is a file, not a folder",
    errno.ENOTSUP: "choose a file system that can do this",
    errno.EOPNOTSUPP: "choose a file system that can do this",
    errno.EPIPE: "keep the program that reads the pipe running to the end",
    errno.EROFS: "choose a file system that can be written",
    errno.ESTALE: "mount the network disk again",
    errno.ETXTBSY: "close the program that uses it",
}


def describe_os_error(error: OSError, action: str = "written", other_way: str = "") -> str:
    """Say of a file or folder that it cannot be read or written, why, and what to do.

    Parameters
    ----------
    action : what could not be done: `read`, `written` or `used`.
    other_way : another way out, such as `give another folder with --out`.
    """
    ways = [way for way in (WAYS_OUT.get(error.errno or 0, ""), other_way) if way]
    advice = f"; {', or '.join(ways)}" if ways else ""
    return f"cannot be {action} ({error.strerror or error}){advice}"
