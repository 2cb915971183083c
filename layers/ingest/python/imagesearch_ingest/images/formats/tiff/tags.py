"""The tags of a TIFF directory that this library reads (TIFF 6.0, section 8; Adobe's and libtiff's additions)."""

from typing import Final

NEW_SUBFILE_TYPE: Final = 254
OLD_SUBFILE_TYPE: Final = 255
WIDTH: Final = 256
LENGTH: Final = 257
BITS: Final = 258
COMPRESSION: Final = 259
PHOTOMETRIC: Final = 262
FILL_ORDER: Final = 266
MAKE: Final = 271
STRIP_OFFSETS: Final = 273
ORIENTATION: Final = 274
SAMPLES: Final = 277
ROWS_PER_STRIP: Final = 278
STRIP_BYTES: Final = 279
PLANAR: Final = 284
GROUP_3_OPTIONS: Final = 292
GROUP_4_OPTIONS: Final = 293
PREDICTOR: Final = 317
COLOURS: Final = 320
TILE_WIDTH: Final = 322
TILE_LENGTH: Final = 323
TILE_OFFSETS: Final = 324
TILE_BYTES: Final = 325
SUB_DIRECTORIES: Final = 330
INK_SET: Final = 332
EXTRA_SAMPLES: Final = 338
SAMPLE_FORMAT: Final = 339
JPEG_TABLES: Final = 347
OLD_JPEG_STREAM: Final = 513
OLD_JPEG_STREAM_BYTES: Final = 514
OLD_JPEG_RESTART: Final = 515
OLD_JPEG_QUANTIZATION: Final = 519
OLD_JPEG_DC: Final = 520
OLD_JPEG_AC: Final = 521
LUMA: Final = 529  # YCbCrCoefficients
SUBSAMPLING: Final = 530
BLACK_AND_WHITE: Final = 532  # ReferenceBlackWhite
PROFILE: Final = 34675
DNG_VERSION: Final = 50706
