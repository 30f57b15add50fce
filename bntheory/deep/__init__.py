"""Small networks that PyTorch trains: images, networks, normalizations, plain SGD (extra deep).

- `digits`: scikit-learn's 8x8 digits as tensors, training and test set;
- `networks`: a VGG-like network, a multilayer perceptron, a deep linear network;
- `normalization`: batch normalization, l_p normalization; `noise`: noise after a normalization;
- `distributions`: what reaches each ReLU, and how far two networks' distributions are apart;
- `training`: plain SGD, step by step;
- `gradients`: gradients before and after earlier layers move; `curvature`: the Hessian, its blocks and its spectrum.
"""
