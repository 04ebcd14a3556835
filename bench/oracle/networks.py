"""The networks of the comparison: a constructor with random weights, and the side of the picture."""
import timm
import torch
import torchvision.models as tv
from timm.models.mlp_mixer import MlpMixer
from torchvision.models.convnext import CNBlockConfig
from torchvision.models.mobilenetv3 import InvertedResidualConfig
from torchvision.ops import FeaturePyramidNetwork
from torchvision.models.detection.backbone_utils import resnet_fpn_backbone


class Logits(torch.nn.Module):
    """Of a segmentation network, the map it resizes to the picture's size."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        return self.model(x)["out"]


class SmallPyramid(torch.nn.Module):
    """Three strided convolutions, and the feature pyramid of their maps."""

    def __init__(self):
        super().__init__()
        self.stages = torch.nn.ModuleList(torch.nn.Conv2d(a, b, 3, 2, 1) for a, b in ((3, 8), (8, 12), (12, 16)))
        self.pyramid = FeaturePyramidNetwork([8, 12, 16], 6)

    def forward(self, x):
        maps = {}
        for index, stage in enumerate(self.stages):
            x = torch.relu(stage(x))
            maps[str(index)] = x
        return self.pyramid(maps)


def torchvision(name, size=224, **options):
    return (lambda: getattr(tv, name)(weights=None, **options), size)


def of_timm(name, size=224, **options):
    return (lambda: timm.create_model(name, pretrained=False, **options), size)


networks = {
    "alexnet": torchvision("alexnet"),
    "vgg16_bn": torchvision("vgg16_bn"),
    "googlenet": torchvision("googlenet", aux_logits=False, init_weights=False),
    "inception_v3": torchvision("inception_v3", 299, aux_logits=False, init_weights=False),
    "resnet18": torchvision("resnet18"),
    "resnet50": torchvision("resnet50"),
    "resnext50": torchvision("resnext50_32x4d"),
    "wide_resnet50": torchvision("wide_resnet50_2"),
    "densenet121": torchvision("densenet121"),
    "mobilenet_v2": torchvision("mobilenet_v2"),
    "mobilenet_v3_large": torchvision("mobilenet_v3_large"),
    "efficientnet_b0": torchvision("efficientnet_b0"),
    "efficientnet_v2_s": torchvision("efficientnet_v2_s"),
    "regnet_y_400mf": torchvision("regnet_y_400mf"),
    "shufflenet_v2": torchvision("shufflenet_v2_x1_0"),
    "mnasnet": torchvision("mnasnet1_0"),
    "squeezenet": torchvision("squeezenet1_1"),
    "convnext_tiny": torchvision("convnext_tiny"),
    "vit_b_16": torchvision("vit_b_16"),
    "swin_t": torchvision("swin_t"),
    "swin_v2_t": torchvision("swin_v2_t"),
    "maxvit_t": torchvision("maxvit_t"),
    "deit": of_timm("deit_tiny_patch16_224"),
    "dinov2_registers": of_timm("vit_small_patch14_reg4_dinov2", img_size=224),
    "mixer": of_timm("mixer_s32_224"),
    "resmlp": of_timm("resmlp_12_224"),
    "nfnet": of_timm("dm_nfnet_f0", 192),
    "cait": of_timm("cait_xxs24_224"),
    "efficientvit": of_timm("efficientvit_b0"),
    "mobileone": of_timm("mobileone_s0"),
    "clip_image_tower": of_timm("vit_base_patch32_clip_224"),
    "siglip": of_timm("vit_base_patch16_siglip_224"),
    "segmentation_resize": (lambda: Logits(tv.segmentation.fcn_resnet50(weights=None, weights_backbone=None)), 224),
    "detector_fpn": (lambda: resnet_fpn_backbone(backbone_name="resnet50", weights=None), 224),
}


# Of the same classes, a few channels wide: their files are small enough for the repository.
shrunken = {
    "mobilenet_v2": (lambda: tv.MobileNetV2(num_classes=8, width_mult=0.1, round_nearest=4, inverted_residual_setting=[[1, 8, 1, 1], [3, 8, 2, 2], [3, 12, 1, 2]]), 32),
    "shufflenet_v2": (lambda: tv.ShuffleNetV2([2, 2, 2], [8, 16, 24, 32, 32], num_classes=8), 64),
    "densenet": (lambda: tv.DenseNet(growth_rate=4, block_config=(2, 2), num_init_features=8, num_classes=8), 32),
    "convnext": (lambda: tv.ConvNeXt([CNBlockConfig(8, 16, 1), CNBlockConfig(16, None, 2)], num_classes=8), 32),
    "vit_registers": (lambda: timm.create_model("vit_small_patch14_reg4_dinov2", img_size=28, patch_size=7, embed_dim=16, depth=2, num_heads=2, num_classes=8), 28),
    "swin": (lambda: tv.SwinTransformer([4, 4], 8, [1, 2], [2, 2], [4, 4], num_classes=8), 32),
    "swin_v2": (lambda: tv.SwinTransformer([4, 4], 8, [1, 2], [2, 2], [4, 4], num_classes=8, block=tv.swin_transformer.SwinTransformerBlockV2, downsample_layer=tv.swin_transformer.PatchMergingV2), 32),
    "mobilenet_v3": (lambda: tv.MobileNetV3([InvertedResidualConfig(8, 3, 16, 8, True, "RE", 2, 1, 1.0), InvertedResidualConfig(8, 5, 24, 8, True, "HS", 1, 1, 1.0)], 16, num_classes=8), 32),
    "maxvit": (lambda: tv.MaxVit((32, 32), stem_channels=8, partition_size=4, block_channels=[8], block_layers=[1], head_dim=4, stochastic_depth_prob=0.0, num_classes=8), 32),
    "fpn": (lambda: SmallPyramid(), 32),
    "mixer": (lambda: MlpMixer(img_size=32, patch_size=8, num_blocks=2, embed_dim=16, num_classes=8), 32),
    "cait": (lambda: timm.create_model("cait_xxs24_224", img_size=32, patch_size=8, embed_dim=16, depth=2, num_heads=2, num_classes=8), 32),
}
