"""Files that people, cameras and attackers send as photos."""

import io

from PIL import Image
from PIL.ExifTags import GPS, IFD, Base

CANARY = b"Kanaria"


def plain(width: int = 120, height: int = 80, mode: str = "RGB") -> Image.Image:
    """A picture whose left half is red and whose right half is blue."""
    image = Image.new("RGB", (width, height), "#d00000")
    image.paste("#0000d0", (width // 2, 0, width, height))
    return image.convert(mode)


def written(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def jpeg(width: int = 120, height: int = 80, *, orientation: int = 1) -> bytes:
    """A JPEG with place, time, make, comment and an ICC profile's worth of things that must go."""
    image = plain(width, height)
    exif = image.getexif()
    exif[Base.Make] = CANARY.decode()
    exif[Base.Orientation] = orientation
    exif.get_ifd(IFD.GPSInfo)[GPS.GPSLatitude] = (36.0, 38.0, 55.0)
    return written(image, "JPEG", exif=exif, comment=CANARY, xmp=b"<x>" + CANARY + b"</x>")


def animated(kind: str) -> bytes:
    frames = [plain(), plain().rotate(180)]
    return written(frames[0], kind, save_all=True, append_images=frames[1:])
